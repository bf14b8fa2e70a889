import { expect, test } from "vitest";
import { ipv6Part } from "../../../src/net/ipv6-part.ts";
import type { Pin } from "../../../src/net/types.ts";
import { network, sharesOf, withIpv6 } from "./uplinks.ts";

const pin = (over: Pin["over"], to: string | null = null): Pin => ({ match: { to, protocol: "tcp", ports: [] }, over });

test("before a link ever had it, nothing is about IPv6", () => {
  expect(ipv6Part(network([1]))).toBeNull();
});

test("new connections go by the same weights, over the links that have it", () => {
  const part = ipv6Part(withIpv6([3, 2, 1], [1, 3]));
  expect(part?.pick).toEqual(sharesOf([3, 0, 1]));
  expect(part?.uplinks.map(({ slot }) => slot)).toEqual([1, 3]);
});

test("a rule goes for it too, over those of its links that have it; where none has, IPv4 is what they get", () => {
  const pins = [pin(sharesOf([1, 1])), pin(sharesOf([0, 1])), pin("pool"), pin("nowhere"), pin("pool", "192.0.2.1")];
  const part = ipv6Part({ ...withIpv6([1, 1], [1]), pins });
  expect(part?.pins.map(({ over }) => over)).toEqual([sharesOf([1]), "nowhere", "pool", "nowhere"]);
});
