import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLanPrefix } from "../../../src/net/check-desired.ts";
import { keptLanPrefix } from "../../../src/net/lan-prefix.ts";

let file: string;

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "prefix-")), "journal/lan-prefix");
});
afterEach(() => rmSync(join(file, "../.."), { recursive: true }));

test("the LAN's network is a random one of its own, and the same ever after", async () => {
  const prefix = await keptLanPrefix(file);
  expect(isLanPrefix(prefix)).toBe(true);
  expect(await keptLanPrefix(file)).toBe(prefix);
  rmSync(file);
  expect(await keptLanPrefix(file)).not.toBe(prefix);
});

test("a file that is not ours is replaced", async () => {
  await keptLanPrefix(file);
  writeFileSync(file, "fd00:db8::/64 dev lo\n");
  const prefix = await keptLanPrefix(file);
  expect(readFileSync(file, "utf8")).toBe(`${prefix}\n`);
  expect(isLanPrefix(prefix)).toBe(true);
});
