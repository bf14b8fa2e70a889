import { expect, it } from "vitest";
import type { JournalEntry } from "../../../src/journal/types.ts";
import { eventText } from "../../../src/page/event-text.ts";

const entry = (text: string, data?: JournalEntry["data"]): JournalEntry => ({
  ...{ seq: 1, time: "2026-01-05T14:02:07.123Z", port: null, topic: "event", text },
  ...(data === undefined ? {} : { data }),
});

it.each([
  [
    "registration.changed",
    { registration: { status: "denied", operator: null, technology: "HSPA", signalDbm: -71 } },
    "registration.changed: denied · HSPA · −71 dBm",
  ],
  ["device.attached", { device: { port: "1-1", product: "MF102" } }, "device.attached: MF102"],
  [
    "process.ready",
    { detail: { interface: "wan1-1", address: "10.0.0.2", dns: [] } },
    "process.ready: wan1-1 · 10.0.0.2",
  ],
  ["port.retry", undefined, "port.retry"],
  ["odd", { registration: "x", device: null, detail: 3 }, "odd"],
  // Its message is told instead.
  ["process.exited", { failure: { kind: "LinkLost" }, detail: { interface: "wan1-1" } }, "process.exited"],
] as const)("%s with %j is told as %s", (text, data, told) => {
  expect(eventText(entry(text, data))).toBe(told);
});
