import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { RingBounds } from "../../../src/journal/ring.ts";
import type { Journal, JournalEntry } from "../../../src/journal/types.ts";

const PORT = "1-1.3" as PortPath;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journal-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (options: { maxMegabytes?: number; memory?: RingBounds } = {}): Promise<Journal> =>
  openJournal({ directory, maxMegabytes: 1, ...options });
const say = (journal: Journal, text: string, port: PortPath | null = null): void =>
  journal.write({ port, topic: "event", text });
const texts = (entries: readonly JournalEntry[]): string[] => entries.map(({ text }) => text);

async function linesOnDisk(): Promise<string[]> {
  const names = (await readdir(directory)).sort();
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  return contents
    .join("")
    .split("\n")
    .filter((line) => line !== "");
}

describe("a journal in memory", () => {
  it("gives entries oldest first, by port, after a seq, and the newest or the next so many", async () => {
    const journal = await open();
    for (const text of ["a", "b", "c", "d"]) say(journal, text, text < "c" ? PORT : null);
    expect(texts(journal.read({}))).toEqual(["a", "b", "c", "d"]);
    expect(texts(journal.read({ port: PORT }))).toEqual(["a", "b"]);
    expect(texts(journal.read({ since: 2 }))).toEqual(["c", "d"]);
    expect(texts(journal.read({ limit: 3 }))).toEqual(["b", "c", "d"]);
    expect(texts(journal.read({ since: 1, limit: 2 }))).toEqual(["b", "c"]);
    expect(journal.read({ limit: 0 })).toEqual([]);
    await journal.close();
  });

  it("keeps only the newest entries once it is full", async () => {
    const journal = await open({ memory: { entries: 10, bytes: 10_000 } });
    for (let n = 1; n <= 95; n += 1) say(journal, String(n));
    expect(journal.read({}).map(({ seq }) => seq)).toEqual([86, 87, 88, 89, 90, 91, 92, 93, 94, 95]);
    expect(texts(journal.read({ since: 93 }))).toEqual(["94", "95"]);
    await journal.close();
  });

  it("keeps fewer of them when they are long: its memory is bounded in bytes", async () => {
    const journal = await open({ memory: { entries: 1_000, bytes: 4_000 } });
    for (let n = 1; n <= 50; n += 1) say(journal, "x".repeat(400));
    const kept = journal.read({}).map(({ seq }) => seq);
    expect(kept).toHaveLength(8);
    expect(kept.at(-1)).toBe(50);
    await journal.close();
  });

  it("tells followers until they leave, and goes on when one of them throws", async () => {
    const journal = await open();
    const heard: string[] = [];
    journal.follow(() => {
      throw new Error("a broken listener");
    });
    const leave = journal.follow(({ text }) => heard.push(text));
    say(journal, "one");
    leave();
    say(journal, "two");
    expect(heard).toEqual(["one"]);
    await journal.close();
  });

  it("has the time of the writing, though what is written is made up later, and in the order of writing", async () => {
    const journal = await open();
    const before = Date.now();
    let made = 0;
    journal.write(() => {
      made += 1;
      return { port: null, topic: "event", text: "first" };
    });
    journal.write(() => null);
    say(journal, "second");
    const after = Date.now();
    expect(made).toBe(0);
    while (Date.now() <= after + 5) await new Promise((resolve) => setTimeout(resolve, 5));
    const entries = journal.read({});
    expect(entries.map(({ seq, text }) => `${seq} ${text}`)).toEqual(["1 first", "2 second"]);
    for (const { time } of entries) {
      expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(time)).toBeLessThanOrEqual(after);
    }
    await journal.close();
  });

  it("masks secrets and control characters on the way in", async () => {
    const journal = await open();
    journal.write({ port: null, topic: "at", text: "AT+CPIN=1234\u001b[2J", data: { pin: "1234", apn: "a\nb" } });
    const [entry] = journal.read({});
    expect(entry?.text).toBe("AT+CPIN=•••");
    expect(entry?.data).toEqual({ pin: "•••", apn: "a·b" });
    await journal.close();
  });
});

describe("a journal on disk", () => {
  it("is whole after close, and goes on with its numbers at the next start", async () => {
    const first = await open();
    say(first, "before");
    await first.close();
    const second = await open();
    expect(texts(second.read({}))).toEqual(["before", "journal closed"]);
    say(second, "after");
    expect(second.read({}).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await second.close();
    expect(await linesOnDisk()).toHaveLength(4);
  });

  it("survives a line torn by a power cut, and numbers on above what was lost with it", async () => {
    const first = await open();
    say(first, "kept");
    await first.close();
    const [name = ""] = await readdir(directory);
    await appendFile(join(directory, name), '{"seq":3,"time":"2026-01-05T14:0');
    // The same as a kill: the last whole line is no clean end.
    const path = join(directory, name);
    await writeFile(path, (await readFile(path, "utf8")).replace("journal closed", "something"));
    const second = await open();
    say(second, "new");
    await second.close();
    expect(texts(second.read({}))).toEqual(["kept", "something", "new", "journal closed"]);
    expect(second.read({}).map(({ seq }) => seq)).toEqual([1, 2, 10_003, 10_004]);
    const lines = await linesOnDisk();
    expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({ seq: 10_003, text: "new" });
  });

  it("passes over files of zeros and of foreign text", async () => {
    await writeFile(join(directory, "events-0000000007.ndjson"), `${"\0".repeat(4096)}\n{"seq":"x"}\n[]\nnull\n`);
    await writeFile(join(directory, "notes.txt"), "not ours");
    const journal = await open();
    say(journal, "first");
    await journal.close();
    expect(journal.read({})[0]?.seq).toBeGreaterThanOrEqual(7);
    expect(await readFile(join(directory, "notes.txt"), "utf8")).toBe("not ours");
  });

  it("stays within its bound by dropping the oldest file", async () => {
    const maxMegabytes = 0.04;
    for (let run = 0; run < 12; run += 1) {
      const journal = await open({ maxMegabytes });
      for (let n = 0; n < 50; n += 1) say(journal, `${run} ${"x".repeat(80)}`);
      await journal.close();
    }
    const names = await readdir(directory);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
    expect(names.length).toBeLessThanOrEqual(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxMegabytes * 1024 * 1024);
    const seqs = (await linesOnDisk()).map((line) => (JSON.parse(line) as JournalEntry).seq);
    expect(seqs.at(-1)).toBe(12 * 51);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it("lives in memory only where the directory cannot be used, and says so once", async () => {
    await writeFile(join(directory, "file"), "");
    const journal = await openJournal({ directory: join(directory, "file", "below"), maxMegabytes: 1 });
    say(journal, "a");
    say(journal, "b");
    const [notice, ...rest] = journal.read({});
    expect(notice?.topic).toBe("agent");
    expect(notice?.text).toContain("keeping it in memory only");
    expect(texts(rest)).toEqual(["a", "b"]);
    await journal.close();
  });

  it("says once when the directory is taken away while it runs", async () => {
    const journal = await open({ maxMegabytes: 0.001 });
    say(journal, "before");
    await rm(directory, { recursive: true });
    const told = new Promise<JournalEntry>((resolve) => {
      journal.follow((entry) => {
        if (entry.topic === "agent") resolve(entry);
      });
    });
    // Enough for a batch, which needs a new file.
    for (let n = 0; n < 600; n += 1) say(journal, "x".repeat(400));
    expect((await told).text).toContain("cannot write");
    await journal.close();
    expect(journal.read({}).filter(({ text }) => text.includes("cannot write"))).toHaveLength(1);
  });
});
