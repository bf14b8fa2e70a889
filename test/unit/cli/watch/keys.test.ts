import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plain } from "../../../../src/cli/style.ts";
import { type Key, readKeys } from "../../../../src/cli/watch/keys.ts";
import { onKey } from "../../../../src/cli/watch/on-key.ts";
import { beginWatch, hear, type WatchState } from "../../../../src/cli/watch/state.ts";
import type { PortPath } from "../../../../src/hotplug/types.ts";
import type { PortStatus, Status } from "../../../../src/inspector/types.ts";
import { BUNDLE, EXAMPLE, NOW } from "../example-status.ts";

const named = (keys: readonly Key[]): string[] => keys.map((key) => (key.name === "text" ? key.text : key.name));

describe("keys", () => {
  it.each<[string, string[]]>([
    ["\u001b[A\u001b[B\u001bOA\u001bOB", ["up", "down", "up", "down"]],
    ["\u001b[5~\u001b[6~\u001b[1~\u001bOF", ["pageUp", "pageDown", "first", "last"]],
    ["q\r\u0003\u001a\f\u007f", ["q", "enter", "interrupt", "suspend", "redraw", "back"]],
    // Keys that are of no use here: Alt-x (an Escape and its letter), F5, Ctrl-Up, Tab.
    ["\u001b[15~\u001b[1;5A\ty", ["y"]],
    ["å\u{1f600}", ["å", "\u{1f600}"]],
  ])("%j", (typed, expected) => {
    expect(named(readKeys(typed).keys)).toEqual(expected);
  });

  it("Escape is a key when nothing follows it, and a sequence that was cut off is no text", () => {
    expect(readKeys("\u001b")).toEqual({ keys: [], rest: "\u001b" });
    expect(named(readKeys("\u001b", true).keys)).toEqual(["back"]);
    expect(named(readKeys("\u001b[1;", true).keys)).toEqual(["back"]);
  });

  it("are the same however slowly they arrive, and nothing is kept without end", () => {
    const piece = fc.oneof(fc.constantFrom("\u001b[A", "\u001bOB", "\u001b[5~", "x", "\r", "\u001b[1;5A"), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const typed = pieces.join("");
        let rest = "";
        const slow: Key[] = [];
        for (const sign of typed) {
          const read = readKeys(rest + sign);
          slow.push(...read.keys);
          rest = read.rest;
          expect(rest.length).toBeLessThan(20);
        }
        const fast = readKeys(typed);
        expect(named(slow)).toEqual(named(fast.keys));
        expect(rest).toBe(fast.rest);
      }),
    );
  });
});

describe("what keys do", () => {
  const page = { now: NOW, columns: 80, rows: 24, style: plain };
  /** The state, and what was asked of the world, after these keys. */
  const typed = (keys: string, from: WatchState = beginWatch(EXAMPLE, 0)): { state: WatchState; wishes: unknown[] } => {
    let state = from;
    const wishes: unknown[] = [];
    for (const key of readKeys(keys, true).keys) {
      const answer = onKey(state, key, page);
      state = answer.state;
      if (answer.wish !== null) wishes.push(answer.wish);
    }
    return { state, wishes };
  };
  const changed = (port: string, change: Partial<PortStatus>): WatchState => {
    const ports = EXAMPLE.ports.map((held) => (held.port === port ? { ...held, ...change } : held));
    return { ...beginWatch({ ...EXAMPLE, ports }, 0), selected: port as PortPath };
  };
  const act = (action: string, port: string, now = false): object => ({ type: "act", action, port, now });

  it("choose a place, and stay within the list", () => {
    expect(typed("").state.selected).toBe("1-1");
    expect(typed("kk").state.selected).toBe("1-1");
    expect(typed("jj").state.selected).toBe("1-1.3");
    expect(typed("jjjjjjjjjjj").state.selected).toBe("1-1.10");
    expect(typed("\u001b[6~").state.selected).toBe("1-1.10");
    expect(typed("\u001b[F\u001b[H").state.selected).toBe("1-1");
  });

  it("retry and enable act at once, disable only where nothing that works is cut", () => {
    expect(typed("jjrde").wishes).toEqual([act("retry", "1-1.3"), act("disable", "1-1.3"), act("enable", "1-1.3")]);
    expect(typed("jd").wishes).toEqual([]);
    expect(typed("jdy").wishes).toEqual([act("disable", "1-1.2")]);
    for (const no of ["n", "\r", "d", " ", "\u001b", "q"]) expect(typed(`jd${no}`).wishes).toEqual([]);
  });

  it("disable of what waits for its connections asks whether they are to be cut", () => {
    const draining = changed("1-1.2", { state: "draining" });
    expect(typed("d", draining).state.question?.text).toContain("they would be cut now");
    expect(typed("dy", draining).wishes).toEqual([act("disable", "1-1.2", true)]);
  });

  it("disable of a radio that serves names its stations", () => {
    const radio = { phy: "phy0", interface: "wlan0", channel: 6, apCapable: true, stations: 3 };
    const serving = changed("1-1.3", { kind: "radio", state: "serving", radio });
    expect(typed("d", serving).state.question?.text).toBe(
      "Disable 1-1.3? It takes a radio with 3 stations off the air. y/N",
    );
  });

  it("m moves a link to where it is not, and back to where the config has it", () => {
    const bundled = { ...EXAMPLE, bundle: BUNDLE };
    const balanced = typed("jm", beginWatch(bundled, 0));
    expect(balanced.state.question?.text).toBe(
      "Move the link of 1-1.2, which is in the balancer? b into the bundle; any other key leaves it",
    );
    expect(typed("b", balanced.state).wishes).toEqual([{ type: "move", uplink: "1-1.2", to: "bundle" }]);
    for (const no of ["n", "y", "l", "c", "\r", "q"]) expect(typed(no, balanced.state).wishes).toEqual([]);
    const uplinks = EXAMPLE.uplinks.map((each) => ({ ...each, role: "bundle" as const, byHand: ["role" as const] }));
    const moved = typed("jm", beginWatch({ ...bundled, uplinks }, 0));
    expect(moved.state.question?.text).toContain("? l into the balancer, c where the config has it; ");
    expect(typed("L", moved.state).wishes).toEqual([{ type: "move", uplink: "1-1.2", to: "balance" }]);
    expect(typed("c", moved.state).wishes).toEqual([{ type: "move", uplink: "1-1.2", to: "config" }]);
  });

  it("m says why there is nothing to move, and asks nothing", () => {
    for (const [keys, note] of [
      ["m", "1-1 has no link to move."],
      ["jm", "There is no bundle to move it into; `wanherd join` makes one."],
    ] as const) {
      const { state, wishes } = typed(keys);
      expect([state.note, state.question, wishes]).toEqual([note, null, []]);
    }
  });

  it("m moves the link of an interface that the config names", () => {
    const interfaces = [{ interface: "eth0", state: "online", since: "2026-01-05T14:00:00.000Z" }];
    const uplinks = EXAMPLE.uplinks.map((each) => ({ ...each, port: null, interface: "eth0" }));
    const status = { ...EXAMPLE, interfaces, uplinks, bundle: BUNDLE };
    const wired = { ...beginWatch(status, 0), selected: "eth0" as PortPath };
    expect(typed("mb", wired).wishes).toEqual([{ type: "move", uplink: "eth0", to: "bundle" }]);
  });

  it("do nothing to an interface of somebody else's, nor while the agent is gone", () => {
    const interfaces = [{ interface: "eth0", state: "online", since: "2026-01-05T14:00:00.000Z" }];
    const wired = { ...beginWatch({ ...EXAMPLE, interfaces } as Status, 0), selected: "eth0" as PortPath };
    expect(typed("rde", wired).wishes).toEqual([]);
    const away = hear(beginWatch(EXAMPLE, 0), { type: "away", since: "2026-01-05T14:00:00.000Z", why: "gone" });
    expect(typed("jjrdemb", away).wishes).toEqual([]);
  });

  it("open a port's details and come back; they stay when it is pulled out", () => {
    const { state, wishes } = typed("jj\r");
    expect(wishes).toEqual([{ type: "read", of: "1-1.3" }]);
    const ports = EXAMPLE.ports.filter(({ port }) => port !== "1-1.3");
    const pulled = hear(state, { type: "status", status: { ...EXAMPLE, ports }, atMs: 1_000 });
    expect([pulled.view, pulled.selected]).toEqual(["details", "1-1.3"]);
    expect(typed("\u001b", pulled).state).toMatchObject({ view: "list", selected: "1-1" });
  });

  it("the selection moves up when its port is pulled out", () => {
    const ports = EXAMPLE.ports.filter(({ port }) => port !== "1-1.10");
    const pulled = hear(typed("\u001b[F").state, { type: "status", status: { ...EXAMPLE, ports }, atMs: 1_000 });
    expect(pulled.selected).toBe("1-1.5");
  });

  it("scroll no further than there is something to see", () => {
    const small = { ...page, columns: 40, rows: 8 };
    let state: WatchState = { ...typed("jj\r").state };
    for (const key of readKeys("j".repeat(500)).keys) state = onKey(state, key, small).state;
    const most = state.scroll;
    expect(most).toBeGreaterThan(2);
    expect(onKey(state, { name: "up" }, small).state.scroll).toBe(most - 1);
  });
});
