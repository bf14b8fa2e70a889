import { describe, expect, it } from "vitest";
import { isPressing, outagesOf, shortened } from "../../../src/page/outages.ts";
import { spansOf } from "../../../src/page/spans.ts";
import { BEGIN, call, PORT, Told } from "./entries.ts";

const LATER = BEGIN + 3_600_000;
const outages = ({ noted }: Told) => outagesOf(PORT, spansOf(noted), noted, LATER);
const seconds = (at: number | null): number | null => (at === null ? null : (at - BEGIN) / 1000);

describe("why a port was down", () => {
  it("is the failure that took it down, and what it was in for most of the time", () => {
    const told = new Told()
      .comesUp(0)
      .fails(100, "link.dead", "LinkDead", "1-1.3: nothing came in")
      .step(100, "modem", call("redialling"), "link.dead")
      .step(102, "modem", call("registering.searching"), "after redial")
      .step(104, "modem", call("registering.denied"), "registration.changed")
      .step(510, "modem", call("dialling"))
      .step(512, "modem", call("online.good"), "daemon.ready");
    const [outage, ...more] = outages(told);
    expect(more).toEqual([]);
    expect([seconds(outage?.from ?? 0), seconds(outage?.to ?? 0)]).toEqual([100, 512]);
    expect(outage).toMatchObject({
      why: "nothing came in",
      kind: "LinkDead",
      mostly: { label: "denied", ms: 406_000 },
    });
    expect(outage?.path.map(({ label }) => label)).toEqual(["redialling", "registering", "denied", "dialling"]);
    expect(outage?.advice).toMatch(/SIM is active/);
  });

  it("is a hand, where a hand did it, whatever failed by it", () => {
    const pulled = new Told()
      .comesUp(0)
      .fails(50, "daemon.exited", "LinkLost", "the link was hung up")
      .step(50, "modem", call("redialling"), "daemon.exited")
      .add(50.4, "event", "device.detached")
      .step(50.4, "port", "occupied.clearing", "device.detached")
      .step(52, "port", "empty");
    expect(outages(pulled)).toMatchObject([
      { why: "it was pulled out, or fell off the bus", kind: null, advice: null, to: null },
    ]);
    expect(outages(pulled).some(isPressing)).toBe(false);
    const off = new Told()
      .comesUp(0)
      .add(50, "event", "port.disable")
      .step(50, "port", "occupied.clearing")
      .step(51, "port", "disabled");
    expect(outages(off)).toMatchObject([{ why: "it was switched off by hand or by the config" }]);
  });

  it("counts what failed again and again, each time once", () => {
    const told = new Told().comesUp(0).step(100, "modem", call("redialling"), "link.dead");
    for (const second of [110, 120, 130]) {
      told
        .step(second, "modem", call("dialling"))
        .fails(second + 1, "modem: dial failed: NoCarrier: no carrier", "NoCarrier", "no carrier")
        .add(second + 1, "transition", "modem: dialling → redialling", {
          ...{ machine: "modem", state: call("redialling"), cause: "dial failed" },
          failure: { kind: "NoCarrier", message: "no carrier" },
        });
    }
    const [outage] = outages(told);
    expect(outage?.failures).toEqual([{ kind: "NoCarrier", message: "no carrier", count: 3 }]);
    expect([outage?.to, outage && isPressing(outage)]).toEqual([null, true]);
  });

  it("is also told of a stick that never came up, and names what a hand can do", () => {
    const told = new Told()
      .step(0, "port", "occupied.serving", "device.attached")
      .fails(3, "modem: identify failed", "SimMissing", "there is no SIM")
      .step(4, "modem", "awaitingSim.absent");
    expect(outages(told)).toMatchObject([
      { why: "there is no SIM", kind: "SimMissing", advice: "put a SIM card into the stick" },
    ]);
  });

  it("is short where a program was not, whose words are told below", () => {
    const message = `the modem hung up; pppd said: ${"Connection terminated. / ".repeat(6)}`;
    const told = new Told().comesUp(0).fails(50, "daemon.exited", "LinkLost", message);
    told.step(50, "modem", call("redialling"), "daemon.exited");
    expect(outages(told)).toMatchObject([{ why: "the modem hung up", failures: [{ message }] }]);
  });

  it("names the event where nothing failed", () => {
    const told = new Told()
      .comesUp(0)
      .step(9, "modem", call("redialling"), "modem.odd")
      .step(12, "modem", call("online.good"));
    expect(outages(told)).toMatchObject([{ why: "modem.odd" }]);
  });

  it.each([
    ["a stick that comes up", new Told().step(0, "port", "empty").comesUp(5)],
    ["one that is left alone", new Told().step(0, "port", "leftAlone.settled")],
    ["nothing at all", new Told()],
  ])("has no case in %s", (_, told) => {
    expect(outages(told)).toEqual([]);
  });
});

it("shortens a path that goes round and round", () => {
  const path = Array.from({ length: 30 }, (_, index) => `s${index}`);
  expect(shortened(path)).toEqual(["s0", "s1", "s2", "s3", "… 23 more …", "s27", "s28", "s29"]);
  expect(shortened(path.slice(0, 9))).toEqual(path.slice(0, 9));
});
