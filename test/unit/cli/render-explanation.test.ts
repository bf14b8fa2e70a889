import { describe, expect, it } from "vitest";
import { adviceFor, type FailureKind } from "../../../machines/failure.ts";
import { renderEmptyPort, renderExplanation, renderInterface } from "../../../src/cli/render-explanation.ts";
import { plain } from "../../../src/cli/style.ts";
import type { BundleStatus, HubStatus, PortStatus, UplinkStatus } from "../../../src/inspector/types.ts";
import type { JournalEntry } from "../../../src/journal/types.ts";
import { BUNDLE, EXAMPLE, NOW } from "./example-status.ts";

const page = { now: NOW, columns: 80, style: plain };
const portOf = (path: string): PortStatus => {
  const found = EXAMPLE.ports.find(({ port }) => port === path);
  if (found === undefined) throw new Error(`no port ${path} in the example`);
  return found;
};
const transition = (seq: number, from: string | null, to: string, cause: string): JournalEntry => ({
  seq,
  time: `2026-01-05T14:07:${String(40 + seq)}.250Z`,
  port: portOf("1-1.3").port,
  topic: "transition",
  text: `modem: ${from === null ? "" : `${from} `}→ ${to}`,
  data: { from, to, cause },
});
const DENIED: readonly JournalEntry[] = [
  transition(1, null, "probing", "start"),
  transition(2, "probing", "registering", "identify done"),
  transition(3, "registering", "resting", "registration.failed"),
];

const explain = (port: PortStatus, entries: readonly JournalEntry[] = [], hubs: readonly HubStatus[] = []): string => {
  const uplink = EXAMPLE.uplinks.find((each) => each.port === port.port);
  return renderExplanation({ port, uplink, bundle: null, hubs, entries }, page, 60);
};

const { reason: _, ...device } = portOf("1-1.5");
const RADIO = {
  ...device,
  kind: "radio",
  usbId: "148f:5370",
  name: "802.11n WLAN Adapter",
  since: "2026-01-05T14:00:00.000Z",
  radio: { phy: "phy0", interface: "wlx001122334455", channel: 6, apCapable: true, stations: 2 },
} as const;

describe("wanherd explain", () => {
  it.each([
    ["a modem that the network refuses", "1-1.3", DENIED],
    ["a modem that is online", "1-1.2", []],
    ["a stick that is being switched", "1-1.4", []],
    ["a memory stick with a hostile name", "1-1.5", []],
  ])("tells of %s", async (story, path, entries) => {
    await expect(explain(portOf(path), entries)).toMatchFileSnapshot(
      `golden/explain-${story.replaceAll(" ", "-")}.txt`,
    );
  });

  it.each<[string, Partial<PortStatus>]>([
    ["a radio that serves", { state: "serving" }],
    [
      "a radio that is rejected",
      {
        state: "rejected",
        radio: { ...RADIO.radio, channel: null, apCapable: false, stations: 0 },
        failure: {
          kind: "ApUnsupported",
          message: "wlx001122334455 cannot be an access point, only managed, monitor",
          advice: adviceFor("ApUnsupported"),
          attempts: 1,
        },
      },
    ],
  ])("tells of %s", async (story, changes) => {
    const history = ["verifying", "joining", changes.state ?? ""].map((state) => ({ state, since: NOW.toISOString() }));
    await expect(explain({ ...RADIO, ...changes, history })).toMatchFileSnapshot(
      `golden/explain-${story.replaceAll(" ", "-")}.txt`,
    );
  });

  it.each<[string, Partial<PortStatus>, FailureKind, string]>([
    [
      "a modem that needs a PIN",
      { state: "PIN needed" },
      "SimPinNeeded",
      "the SIM asks for its PIN and the config has none",
    ],
    ["a modem without a SIM", { state: "no SIM" }, "SimMissing", "there is no SIM in the modem"],
    ["a modem that is denied", { state: "denied" }, "RegistrationDenied", "the network refuses the SIM"],
    ["a modem abroad", { state: "abroad" }, "RoamingForbidden", "only a foreign network is in reach"],
    [
      "a modem that is recovering",
      {
        state: "recovering",
        recovery: { step: "usbReset", taken: { radio: 1, reset: 0, usbReset: 1, powerCycle: 0 } },
      },
      "PortSilent",
      "/dev/wanherd/1-1.3/if01 did not answer AT within 1.5 s",
    ],
  ])("tells of %s", async (story, changes, kind, message) => {
    const failure = { kind, message: `1-1.3: ${message}`, advice: adviceFor(kind), attempts: 1 };
    const history = ["probing", "hanging up", changes.state ?? ""].map((state) => ({
      state,
      since: NOW.toISOString(),
    }));
    await expect(explain({ ...portOf("1-1.3"), ...changes, history, failure })).toMatchFileSnapshot(
      `golden/explain-${story.replaceAll(" ", "-")}.txt`,
    );
  });

  it.each([40, 80])("keeps to a terminal of %i columns, what is recorded included", (columns) => {
    const long = "pppd: Serial connection established. ".repeat(5).trim();
    const entries = [
      ...DENIED,
      { ...transition(4, "a", "b", "a cause that is long enough for a line of its own"), text: long },
      { ...transition(5, "a", "b", ""), topic: "process" as const, text: "x".repeat(200) },
    ];
    const port = portOf("1-1.3");
    const text = renderExplanation(
      { port, uplink: undefined, bundle: null, hubs: [], entries },
      { ...page, columns },
      60,
    );
    expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
    expect(text.replace(/\s+/g, " ")).toContain(long);
  });

  it.each([
    ["NoCarrier", "tried again by itself, shortly"],
    ["SimBusy", "tried again by itself, shortly"],
    ["PortBusy", "tried again by itself, but seldom"],
    ["SimPinNeeded", "looked at again every few minutes"],
  ])("says of %s that it is %s", (kind, what) => {
    const port = portOf("1-1.3");
    const text = explain({ ...port, failure: { kind, message: "m", advice: "do this", attempts: 1 } });
    expect(text.replaceAll("\n", " ")).toContain(what);
    expect(text.replaceAll("\n", " ")).toContain("What you can do: do this; then `wanherd retry 1-1.3`.");
  });

  it.each([
    ["reset", "Right now it is being restarted."],
    ["powerCycle", "Right now it is having its port's power switched off and on."],
    [null, "reset at the USB 3 times."],
  ] as const)("counts how a modem was mended, and says what is being done: %s", (step, now) => {
    const taken = { radio: 0, reset: 1, usbReset: 3, powerCycle: 0 };
    const text = explain({ ...portOf("1-1.3"), recovery: { step, taken } }).replaceAll("\n", " ");
    expect(text).toContain("it was mended by itself: restarted, reset at the USB 3 times.");
    expect(text).toContain(now);
  });

  it("makes do with a failure and a state that a newer agent knows and it does not", () => {
    const failure = { kind: "toString", message: "something new", advice: "read the manual", attempts: 1 };
    const text = explain({ ...portOf("1-1.3"), state: "constructor", failure });
    expect(text).toContain("something new (toString)");
    expect(text).not.toContain("function");
  });

  it("tells of a port that is empty what happened there last", () => {
    const text = renderEmptyPort(portOf("1-1.3").port, DENIED, page, 60);
    expect(text).toContain("Port 1-1.3 is empty.");
    expect(text).toContain("registering → resting");
  });

  it.each(["1-1.3", "1-1"])("tells of %s that the hub it hangs on, or is, is over-committed", (path) => {
    const text = explain(portOf(path), [], EXAMPLE.hubs).replaceAll("\n", " ");
    expect(text).toContain("The power of hub 1-1: over-committed by 330 mA: 3 × ZTE MF102 at 500 mA,");
    expect(text).not.toContain("hub usb1");
  });

  it("tells a port of another bus nothing of that hub", () => {
    const other = { ...portOf("1-1.3"), port: "2-1.3" as PortStatus["port"] };
    expect(explain(other, [], EXAMPLE.hubs)).not.toContain("over-committed");
  });

  it("tells what a port that is draining waits for, and how to end that", () => {
    const { failure: _, ...port } = portOf("1-1.3");
    const reason = "switched off by hand; until 14:10:00 UTC at most it waits for 3 connections to end";
    const text = explain({ ...port, state: "draining", reason }).replaceAll("\n", " ");
    expect(text).toContain("until 14:10:00 UTC at most it waits for 3 connections to end.");
    expect(text).toContain("It gets no new connections");
    expect(text).toContain("What you can do: `wanherd disable --now 1-1.3`, or `wanherd enable 1-1.3`.");
  });

  it.each<[string, Partial<UplinkStatus>, BundleStatus | null, string]>([
    ["which carries", { role: "bundle", weight: 0 }, BUNDLE, "It is in the bundle, which carries. It is one of"],
    [
      "which is silent",
      { role: "bundle" },
      { ...BUNDLE, state: "silent", reason: "no answer for 4 s." },
      "It is in the bundle, which does not carry; it is “silent”: no answer for 4 s. It gets 25 % of the new connections that",
    ],
    [
      "which has set it aside",
      { role: "bundle", health: "suspect" },
      { ...BUNDLE, members: [] },
      "and suspect health. It is meant for the bundle, and set aside for now; that carries.",
    ],
    [
      "which carries more without it",
      { role: "bundle", aside: true },
      { ...BUNDLE, members: [] },
      "It is meant for the bundle, which carries more without it for now; it is tried again.",
    ],
    ["which there is not", { role: "bundle" }, null, "there is none: no concentrator is named or joined."],
    ["in which it is not", {}, BUNDLE, "good health. It is in the balancer, not in the bundle. It gets 25 %"],
  ])("tells of a link and the bundle, %s", (_, changes, bundle, text) => {
    const uplink = { ...(EXAMPLE.uplinks[0] as UplinkStatus), ...changes };
    const told = renderExplanation({ port: portOf("1-1.2"), uplink, bundle, hubs: [], entries: [] }, page, 60);
    expect(told.replaceAll("\n", " ")).toContain(text);
  });

  it("says nothing of a bundle where there is none", () => {
    expect(explain(portOf("1-1.2"))).not.toContain("bundle");
  });

  it("tells how to enable a port that was disabled by hand", () => {
    const { failure: _, ...port } = portOf("1-1.3");
    expect(explain({ ...port, state: "disabled", reason: "disabled by hand" })).toContain("wanherd enable 1-1.3");
  });
});

describe("wanherd explain of an uplink's interface", () => {
  it("says who keeps it up, its state and why", () => {
    const since = "2026-01-05T14:07:00.000Z";
    const reason = "no default route of the main table leads through it";
    const named = { interface: "eth0", state: "no router", since, reason };
    const text = renderInterface({ named, uplink: undefined, bundle: null }, page, 0);
    expect(text.replaceAll("\n", " ")).toBe(
      "eth0 is an uplink that the config names; who set it up keeps it up, not wanherd. It has been “no router” for " +
        "2 minutes, since 2026-01-05 14:07:00. Why: no default route of the main table leads through it. ",
    );
  });
});
