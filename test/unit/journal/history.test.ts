import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { JournalFiles } from "../../../src/journal/files.ts";
import { type JournalOptions, openJournal } from "../../../src/journal/open-journal.ts";
import type { EntryFilter, Journal } from "../../../src/journal/types.ts";
import { withStates } from "../../../src/journal/with-states.ts";

const PORT = "1-1.3" as PortPath;
const DAY_MS = 24 * 3_600_000;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journal-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (options: Partial<JournalOptions> = {}): Promise<Journal> =>
  openJournal({ directory, maxMegabytes: 1, ...options });

async function seqsOf(journal: Journal, filter: EntryFilter & { since: number; before: number }): Promise<number[]> {
  const seqs: number[] = [];
  for await (const page of journal.older(filter)) seqs.push(...page.map(({ seq }) => seq));
  return seqs;
}

describe("what only the disk still has", () => {
  it("is there between any two seqs, over all files, by port, topic and text", async () => {
    const first = await open({ maxMegabytes: 0.05 });
    for (let n = 1; n <= 200; n += 1) {
      const odd = n % 2 === 1;
      first.write({
        port: odd ? PORT : null,
        topic: odd ? "at" : "network",
        text: n === 77 ? "No Carrier" : "x".repeat(99),
      });
    }
    await first.close();
    expect((await readdir(directory)).length).toBe(1);
    const journal = await open({ memory: { entries: 10, bytes: 10_000 } });
    const { oldest, newest } = journal.span();
    expect([oldest, newest]).toEqual([192, 201]);
    const all = await seqsOf(journal, { since: 0, before: oldest });
    expect(all).toEqual(Array.from({ length: 191 }, (_, index) => index + 1));
    expect(await seqsOf(journal, { since: 50, before: 60, port: PORT })).toEqual([51, 53, 55, 57, 59]);
    expect(await seqsOf(journal, { since: 50, before: 56, topics: new Set(["network"]) })).toEqual([52, 54]);
    expect(await seqsOf(journal, { since: 0, before: oldest, text: "no carrier" })).toEqual([77]);
    await journal.close();
  });

  it("is taken as it is: torn, foreign and repeated lines are passed over, and a directory that is gone has none", async () => {
    const line = (seq: number): string =>
      JSON.stringify({ seq, time: "2026-01-05T14:00:00.000Z", port: null, topic: "agent", text: "a" });
    const text = `${line(1)}\n{"seq":2,"ti\n${"x".repeat(200_000)}\n${line(3)}\n${line(3)}\n${line(2)}\n\u0000\u0000\n${line(4)}`;
    await writeFile(join(directory, "events-0000000001.ndjson"), text);
    const journal = await open({ memory: { entries: 1, bytes: 10_000 } });
    expect(await seqsOf(journal, { since: 0, before: 100 })).toEqual([1, 3, 4]);
    await journal.close();
    await rm(directory, { recursive: true });
    expect(await seqsOf(journal, { since: 0, before: 100 })).toEqual([]);
  });
});

describe("the age of a journal on disk", () => {
  it("is bounded: what was last written to longer ago is removed, what is written to now stays", async () => {
    const old = ["events-0000000001.ndjson", "events-0000000002.ndjson"];
    for (const [index, name] of old.entries()) {
      await writeFile(join(directory, name), "");
      const lastWritten = (Date.now() - (index === 0 ? 8 : 6) * DAY_MS) / 1000;
      await utimes(join(directory, name), lastWritten, lastWritten);
    }
    const files = new JournalFiles(directory, 1024 * 1024, 7);
    await files.open();
    await files.append("{}\n", 3);
    await files.close();
    expect(await readdir(directory)).toEqual(["events-0000000002.ndjson"]);
  });
});

describe("what identifies a modem, a SIM and its owner", () => {
  const IMEI = "866123456789012";
  const ICCID = "8946200012345678901";

  it("is masked where it enters, when the config says so, but for the last digits", async () => {
    let mask = true;
    const journal = await open({ maskIdentities: () => mask });
    const tell = (): void =>
      journal.write({
        port: PORT,
        topic: "at",
        text: `← +CCID: "${ICCID}"; ${IMEI}`,
        data: { imei: IMEI, list: [ICCID], bytes: 12_345_678_901_234, error: new Error(IMEI) },
      });
    tell();
    const [masked] = journal.read({});
    mask = false;
    tell();
    const [, plain] = journal.read({});
    await journal.close();
    expect(masked?.text).toBe('← +CCID: "•••901"; •••012');
    expect(masked?.data).toEqual({
      imei: "•••012",
      list: ["•••901"],
      bytes: 12_345_678_901_234,
      error: "Error: •••012",
    });
    expect(plain?.text).toContain(ICCID);
  });

  it("is told from what only looks like it: times, counts and addresses", async () => {
    const journal = await open({ maskIdentities: () => true });
    const text = "2026-01-05T14:00:00.000Z 1767621600500 172.17.2.100 19d2:0031 12345678901234567";
    journal.write({ port: null, topic: "agent", text });
    expect(journal.read({})[0]?.text).toBe("2026-01-05T14:00:00.000Z 1767621600500 172.17.2.100 19d2:0031 •••567");
    await journal.close();
  });
});

it("what happens in a port tells which states its machines are in, and what happens elsewhere does not", async () => {
  const journal = await open();
  const stated = withStates(journal);
  stated.journal.write({ port: PORT, topic: "at", text: "→ AT", data: { tty: "ttyACM0" } });
  // As createInspector does it: noted where the entry of the transition is made.
  journal.write(() => {
    stated.note(PORT, "port occupied");
    stated.note(PORT, "modem working.dialling");
    return null;
  });
  stated.journal.write(() => ({ port: PORT, topic: "at", text: "← OK", data: { tty: "ttyACM0" } }));
  stated.journal.write({ port: null, topic: "network", text: "pool: empty" });
  expect(journal.read({}).map(({ data }) => data)).toEqual([
    { tty: "ttyACM0" },
    { tty: "ttyACM0", during: "port occupied, modem working.dialling" },
    undefined,
  ]);
  await journal.close();
});
