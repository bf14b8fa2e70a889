import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coloured, plain } from "../../../../src/cli/style.ts";
import { textWidth } from "../../../../src/cli/text-width.ts";
import { asciiText } from "../../../../src/cli/watch/charset.ts";
import { renderWatch, type WatchPage } from "../../../../src/cli/watch/render-watch.ts";
import { beginWatch, hear, type WatchState } from "../../../../src/cli/watch/state.ts";
import type { PortPath } from "../../../../src/hotplug/types.ts";
import type { Status } from "../../../../src/inspector/types.ts";
import type { JournalEntry } from "../../../../src/journal/types.ts";
import { EXAMPLE, NOW } from "../example-status.ts";

const radio = { phy: "phy0", interface: "wlan0", channel: 6, apCapable: true, stations: 2 };
const station = { port: "1-1.6" as PortPath, interface: "wlan0", signalDbm: -47, connectedSeconds: 754 };
const HOTSPOT: Status = {
  ...EXAMPLE,
  ports: [
    ...EXAMPLE.ports,
    {
      ...{ port: "1-1.6" as PortPath, kind: "radio", usbId: "148f:5370", name: "Ralink RT5370", state: "serving" },
      ...{ since: "2026-01-05T13:00:00.000Z", history: [], radio, powerMilliamps: 110 },
    },
  ],
  accessPoint: {
    ...{ ssid: "MobileAP", bridge: "lan-br", address: "172.17.2.1/24" },
    radios: [{ port: "1-1.6" as PortPath, state: "serving", ...radio }],
    stations: [1, 2].map((last) => ({ mac: `02:00:00:00:02:0${last}`, ...station, rxBytes: 2_000, txBytes: 312_000 })),
  },
};

const entry = (seq: number, text: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{ seq, time: `2026-01-05T14:08:0${seq}.000Z`, port: "1-1.3" as PortPath, topic: "transition", text },
  ...more,
});
const ENTRIES: readonly JournalEntry[] = [
  entry(1, "modem: registering → resting", { data: { cause: "registration.denied" } }),
  entry(2, "AT+CREG? → +CREG: 0,3", { topic: "at" }),
  entry(3, "device.detached", { port: "1-1.4" as PortPath, topic: "event" }),
  entry(4, "port: → switching", { port: "1-1.4" as PortPath }),
];

/** A second later one link has carried something. */
function watched(status: Status = HOTSPOT): WatchState {
  const [first, ...others] = status.uplinks;
  const uplinks =
    first === undefined ? [] : [{ ...first, rxBytes: first.rxBytes + 1_234_567, txBytes: first.txBytes + 800 }];
  const later = { ...status, uplinks: [...uplinks, ...others] };
  const state = hear(beginWatch(status, 0), { type: "status", status: later, atMs: 1_000 });
  return ENTRIES.reduce((before, each) => hear(before, { type: "entry", entry: each }), state);
}

const page = (columns: number, rows: number): WatchPage => ({ now: NOW, columns, rows, style: plain, zoneMinutes: 0 });
const drawn = (state: WatchState, columns: number, rows: number): string =>
  `${renderWatch(state, page(columns, rows)).lines.join("\n")}\n`;

describe("the screen of wanherd watch", () => {
  it.each([
    [80, 24],
    [40, 12],
    [132, 50],
  ])("lists ports, rates and events at %i × %i", async (columns, rows) => {
    const state = { ...watched(), selected: "1-1.3" as PortPath };
    await expect(drawn(state, columns, rows)).toMatchFileSnapshot(`golden/list-${columns}x${rows}.txt`);
  });

  it.each([
    [80, 24],
    [40, 12],
  ])("has all of a port's details at %i × %i", async (columns, rows) => {
    const state: WatchState = { ...watched(), selected: "1-1.3" as PortPath, view: "details", ofSelected: ENTRIES };
    await expect(drawn(state, columns, rows)).toMatchFileSnapshot(`golden/details-${columns}x${rows}.txt`);
  });

  it.each([
    [80, 24],
    [40, 12],
  ])("explains its keys at %i × %i", async (columns, rows) => {
    const help = drawn({ ...watched(), view: "help" }, columns, rows);
    await expect(help).toMatchFileSnapshot(`golden/help-${columns}x${rows}.txt`);
  });

  it("says that the agent is gone, and goes on showing what it last knew, without rates", () => {
    const away = hear(watched(), {
      type: "away",
      since: "2026-01-05T14:08:59.000Z",
      why: "it ended\u001b[2J the stream",
    });
    const lines = renderWatch(away, page(80, 24)).lines;
    expect(lines[0]).toBe("The agent is gone since 14:08:59, waiting for it: it ended·[2J the stream");
    expect(lines.join("\n")).toContain("1-1.2   online");
    expect(lines.join("\n")).not.toContain("MB/s");
  });

  it("says that nothing is plugged in", () => {
    const none: Status = { ...EXAMPLE, ports: [], uplinks: [], hubs: [] };
    expect(drawn(beginWatch(none, 0), 80, 24)).toContain("\nNo USB device is plugged in.\n");
  });

  it("keeps the selected port on the screen, with the cursor on it, however many there are", () => {
    const many: Status = {
      ...EXAMPLE,
      ports: Array.from({ length: 60 }, (_, index) => ({
        ...(EXAMPLE.ports[0] as Status["ports"][number]),
        port: `1-1.${index + 1}` as PortPath,
      })),
    };
    for (const number of [1, 30, 60]) {
      const selected = `1-1.${number}` as PortPath;
      const { lines, cursor } = renderWatch({ ...beginWatch(many, 0), selected }, page(80, 24));
      expect(lines[cursor]).toMatch(new RegExp(`^> ${selected} `));
      expect(lines.filter((line) => line.startsWith("> "))).toHaveLength(1);
    }
  });

  it("looks the same without colours, and in ASCII it is as wide", () => {
    const state = watched();
    const painted = renderWatch(state, { ...page(80, 24), style: coloured }).lines;
    const bare = renderWatch(state, page(80, 24)).lines;
    expect(painted.map((line) => line.replace(/\u001b\[[0-9]+m/g, ""))).toEqual(bare);
    expect(painted).not.toEqual(bare);
    expect(bare.map((line) => textWidth(asciiText(line)))).toEqual(bare.map(textWidth));
    expect(asciiText(painted.join(""))).toMatch(/^[\u001b\x20-\x7e]*$/);
  });

  it("fits any terminal, whatever a device or an operator calls itself, and sends it no control character", () => {
    const hostile = fc.string({ unit: "binary", maxLength: 80 });
    fc.assert(
      fc.property(
        fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) }),
        fc.record({ name: hostile, operator: hostile, reason: hostile, text: hostile, question: hostile }),
        fc.constantFrom("list", "details", "help") as fc.Arbitrary<WatchState["view"]>,
        fc.boolean(),
        ({ columns, rows }, { name, operator, reason, text, question }, view, isAsked) => {
          const ports = HOTSPOT.ports.map((port) => ({
            ...port,
            ...{
              name,
              state: reason,
              usbId: name,
              failure: { kind: text, message: reason, advice: reason, attempts: 2 },
            },
            ...(port.modem === undefined ? {} : { modem: { ...port.modem, operator, technology: name } }),
          }));
          const interfaces = [{ interface: name, state: operator, since: text, reason }];
          const status: Status = { ...HOTSPOT, ports, interfaces };
          const heard = hear(watched(status), { type: "entry", entry: entry(5, text, { data: { cause: reason } }) });
          const asked = isAsked ? { text: question, answers: {} } : null;
          const state: WatchState = { ...heard, view, question: asked, note: text, ofSelected: heard.entries };
          const { lines, cursor } = renderWatch(state, { ...page(columns, rows), style: coloured });
          const bare = lines.map((line) => line.replace(/\u001b\[[0-9]+m/g, ""));
          expect(lines).toHaveLength(rows);
          expect(Math.max(...bare.map(textWidth))).toBeLessThanOrEqual(Math.max(1, columns - 1));
          if (!isAsked) expect(bare.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(cursor).toBeGreaterThanOrEqual(0);
          expect(cursor).toBeLessThan(rows);
        },
      ),
    );
  });
});
