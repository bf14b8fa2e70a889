import fc from "fast-check";
import { expect, test } from "vitest";
import { endpointLines, parseEndpoints, parseLimits } from "../../../src/bundle/mptcp/endpoints.ts";
import type { BundleMember } from "../../../src/bundle/types.ts";
import type { UplinkId } from "../../../src/net/types.ts";

const memberAt = (slot: number): BundleMember => ({
  ...{ id: `1-${slot}` as UplinkId, slot, interface: `wan1-${slot}` },
  ...{ address: `10.64.${slot}.2`, rate: null },
});
/** As iproute2 6.15 writes it. */
const TOLD =
  '[{"address":"10.64.1.2","id":1,"subflow":true,"dev":"wan1-1"},{"address":"192.0.2.7","id":2,"signal":true}]';

test("endpoints are read as ip tells them", () => {
  expect(parseEndpoints(TOLD)).toEqual([
    { id: 1, address: "10.64.1.2", dev: "wan1-1" },
    { id: 2, address: "192.0.2.7" },
  ]);
  expect(parseEndpoints("")).toEqual([]);
  expect(parseEndpoints("[{}, 3, null]")).toEqual([]);
});

test("what ip says otherwise is none", () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseEndpoints(text))));
  fc.assert(fc.property(fc.json(), (text) => Array.isArray(parseEndpoints(text))));
});

test("one that goes is deleted, one that comes is made, and others' stay", () => {
  const present = parseEndpoints(TOLD);
  expect(endpointLines(present, new Set(["10.64.1.2"]), [memberAt(2)])).toEqual({
    remove: ["mptcp endpoint delete id 1"],
    add: ["mptcp endpoint add 10.64.2.2 dev wan1-2 subflow"],
  });
  expect(endpointLines(present, new Set(["10.64.1.2"]), [memberAt(1)])).toEqual({ remove: [], add: [] });
});

test("one with the right address on another interface, as after a swap, is made anew", () => {
  const present = [{ id: 1, address: "10.64.1.2", dev: "wan1-9" }];
  expect(endpointLines(present, new Set(["10.64.1.2"]), [memberAt(1)])).toEqual({
    remove: ["mptcp endpoint delete id 1"],
    add: ["mptcp endpoint add 10.64.1.2 dev wan1-1 subflow"],
  });
});

test("limits are read as ip tells them", () => {
  expect(parseLimits("add_addr_accepted 0 subflows 2 \n")).toEqual({ accepted: 0, subflows: 2 });
  expect(parseLimits("something else")).toBeNull();
});
