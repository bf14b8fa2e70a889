import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FailureError } from "../../../machines/failure.ts";
import { askTty } from "../../../src/identify/ask-tty.ts";
import { heardAnswers } from "../../../src/identify/heard-answers.ts";
import { ttyHolders } from "../../../src/identify/tty-holders.ts";
import type { JournalEntry } from "../../../src/journal/types.ts";
import { FakeLine, modemLine } from "../at/fake-line.ts";

const said = (tty: string, text: string): JournalEntry => entry("at", text, { tty: `/dev/wanherd/1-1.3/${tty}` });
function entry(topic: JournalEntry["topic"], text: string, data: Record<string, unknown> = {}): JournalEntry {
  return { seq: 1, time: "2026-01-05T14:02:07.123Z", port: null, topic, text, data };
}

describe("what ttys answered to the agent", () => {
  test("is make and model of those that answered, and nothing of the SIM", () => {
    const heard = heardAnswers([
      said("if0a", "→ AT"),
      said("if02", "→ AT"),
      said("if02", "← AT"),
      said("if02", "← OK"),
      said("if02", "→ AT+CGMI"),
      said("if02", '← +CGMI: "Longcheer"'),
      said("if02", "← ^RSSI:12"),
      said("if02", "← OK"),
      said("if02", "→ AT+CGMM"),
      said("if02", "← ERROR"),
      said("if02", "→ ATI"),
      said("if02", "← Manufacturer: Other"),
      said("if02", "← Model: U12"),
      said("if02", "← OK"),
      said("if02", "→ AT+CIMI"),
      said("if02", "← 240075812345678"),
      said("if02", "← OK"),
    ]);
    expect([...heard]).toEqual([
      [10, { kind: "failed", why: "no answer to the agent's AT" }],
      [2, { kind: "answers", manufacturer: "Longcheer", model: "U12" }],
    ]);
  });

  test("of a stick that was there before does not count", () => {
    const heard = heardAnswers([
      said("if02", "→ AT"),
      said("if02", "← OK"),
      entry("event", "device.attached"),
      said("if00", "→ AT"),
    ]);
    expect([...heard.keys()]).toEqual([0]);
  });

  test("is read out of any entries without a fault", () => {
    const any = fc.array(
      fc.record({
        tty: fc.constantFrom("if00", "if01", "/etc"),
        text: fc.oneof(
          fc.string(),
          fc.string().map((t) => `← ${t}`),
        ),
      }),
    );
    fc.assert(fc.property(any, (lines) => void heardAnswers(lines.map(({ tty, text }) => said(tty, text)))));
  });
});

describe("a tty that is asked", () => {
  test("says who it is", async () => {
    const line = modemLine({ AT: "", "AT+CGMI": "Longcheer", "AT+CGMM": "U12" });
    expect(await askTty("/dev/ttyUSB0", async () => line)).toEqual({
      kind: "answers",
      manufacturer: "Longcheer",
      model: "U12",
    });
    expect(line.written.join("")).not.toMatch(/CGSN|CIMI|CCID/);
    expect(line.closed).not.toBeNull();
  });

  test("and is silent, or cannot be opened, fails by name", async () => {
    expect(await askTty("/dev/ttyUSB0", async () => new FakeLine())).toMatchObject({
      kind: "failed",
      why: expect.stringContaining("did not answer AT"),
    });
    const busy = new FailureError("PortBusy", "/dev/ttyUSB0: busy");
    expect(await askTty("/dev/ttyUSB0", () => Promise.reject(busy))).toEqual({
      kind: "failed",
      why: "/dev/ttyUSB0: busy",
    });
  });

  test("is not one that somebody holds", async () => {
    const proc = await mkdtemp(join(tmpdir(), "proc-"));
    await mkdir(join(proc, "812/fd"), { recursive: true });
    await writeFile(join(proc, "812/comm"), "wvdial\n");
    await symlink("/dev/ttyUSB1", join(proc, "812/fd/4"));
    const holders = await ttyHolders(new Set(["/dev/ttyUSB0", "/dev/ttyUSB1"]), proc);
    expect([...holders]).toEqual([["/dev/ttyUSB1", "wvdial"]]);
    await rm(proc, { recursive: true });
  });
});
