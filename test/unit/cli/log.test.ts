import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import type { Journal, JournalEntry } from "../../../src/journal/types.ts";
import { createLogger } from "../../../src/log/create-logger.ts";
import { levelOf, logJournal } from "../../../src/log/journal-to-log.ts";

const ENTRY: JournalEntry = {
  seq: 1,
  time: "2026-01-05T14:02:07.123Z",
  port: "1-1.3" as PortPath,
  topic: "transition",
  text: "modem: registering → resting",
  data: { cause: "registration.failed", failure: { kind: "SimPinNeeded", message: "…" } },
};

const withFailure = (kind: string): JournalEntry => ({ ...ENTRY, data: { failure: { kind } } });

async function capture(
  pretty: boolean,
): Promise<{ lines: string[]; logger: Awaited<ReturnType<typeof createLogger>> }> {
  const lines: string[] = [];
  const stream = new Writable({
    write(text: Buffer, _, done) {
      lines.push(text.toString());
      done();
    },
  });
  return { lines, logger: await createLogger({ pretty, stream, level: "debug" }) };
}

describe("the log", () => {
  it.each([
    [withFailure("SimPinNeeded"), "error"],
    [withFailure("RegistrationDenied"), "warn"],
    [withFailure("NoCarrier"), "info"],
    [withFailure("constructor"), "warn"],
    [{ ...ENTRY, data: {} }, "info"],
    [{ ...ENTRY, topic: "agent", data: {} } as const, "info"],
    [{ ...ENTRY, topic: "at", data: {} } as const, "debug"],
  ])("has a level by who must act", (entry, level) => {
    expect(levelOf(entry)).toBe(level);
  });

  it("has one JSON line per entry, which names the port", async () => {
    const { lines, logger } = await capture(false);
    let tell = (_: JournalEntry): void => {};
    const journal = {
      follow: (listener: (entry: JournalEntry) => void) => {
        tell = listener;
        return () => {};
      },
    } as Journal;
    logJournal(journal, logger);
    tell(ENTRY);
    expect(lines).toHaveLength(1);
    const { time, ...line } = JSON.parse(lines[0] ?? "");
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(line).toEqual({
      level: "error",
      port: "1-1.3",
      topic: "transition",
      seq: 1,
      cause: "registration.failed",
      failure: "SimPinNeeded",
      msg: "modem: registering → resting",
    });
  });

  it("is lines for a person on a terminal", async () => {
    const { lines, logger } = await capture(true);
    logger.warn("something is wrong");
    await expect.poll(() => lines.join("")).toMatch(/^.*\d\d:\d\d:\d\d\.\d{3}.*WARN.*something is wrong.*\n$/);
  });

  it("masks what has a secret's name", async () => {
    const { lines, logger } = await capture(false);
    logger.info({ pin: "1234", modem: { password: "hunter2" } }, "x");
    expect(lines[0]).not.toMatch(/1234|hunter2/);
  });
});
