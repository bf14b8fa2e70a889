import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGuard, type Guard, renderGuard } from "../../../src/net/guard.ts";

let folder: string;
let refusals: number;
let guard: Guard;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guard-"));
  // Confirms as `nft -i` does, unless told to refuse.
  const script = [
    "#!/bin/sh",
    `echo start >>${folder}/log`,
    "while read -r line; do case $line in",
    '  end_of_run_*) printf "Error: syntax error\\n%s\\n ^\\n" "$line" >&2;;',
    `  *) echo "$line" >>${folder}/log; [ -e ${folder}/refuses ] && printf "Error: not supported\\n%s\\n ^\\n" "$line" >&2;;`,
    "esac; done",
    `echo end >>${folder}/log`,
  ];
  writeFileSync(join(folder, "nft"), `${script.join("\n")}\n`, { mode: 0o755 });
  writeFileSync(join(folder, "log"), "");
  refusals = 0;
  guard = createGuard({ nft: join(folder, "nft"), timeoutMs: 5_000, refused: () => void refusals++ });
});

afterEach(async () => {
  await guard.release();
  rmSync(folder, { recursive: true });
});

/** What was done, in a word each. */
function log(): string[] {
  const lines = readFileSync(join(folder, "log"), "utf8").trim().split("\n");
  return lines.map((line) => /elements = \{ (.*?) \}/.exec(line)?.[1] ?? line);
}

test("it is held by one process for as long as there are links, and told of those that change only", async () => {
  for (const links of [["a"], ["a"], ["a", "b"], []]) guard.hold(links);
  await guard.release();
  expect(log()).toEqual(["start", '"a"', '"a", "b"', "end"]);
  expect(refusals).toBe(0);
});

test("where it is refused that is said once, and it is tried again at the next change", async () => {
  appendFileSync(join(folder, "refuses"), "");
  for (const links of [["a"], ["b"]]) guard.hold(links);
  await guard.release();
  expect(refusals).toBe(1);
  expect(log().filter((entry) => entry.startsWith('"'))).toEqual(['"a"', '"b"']);
});

test("its table is its owner's, restores marks of ours only where there is none, and is no table of ours", () => {
  const text = renderGuard(["wan1-1", "eth0"]);
  expect(text).toContain("flags owner;");
  expect(text).toContain('elements = { "wan1-1", "eth0" };');
  expect(text).toContain("meta mark 0 meta nfproto ipv4 ct mark & 0x0000ff00 != 0 meta mark set ct mark & 0x0000ff00");
  expect(text).not.toMatch(/inet wanherd\b/);
});
