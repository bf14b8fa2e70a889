import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configuredPassphrase } from "../../../src/secrets/configured-passphrase.ts";
import { createPassphrase, keptPassphrase, makePassphrase, passphraseFile } from "../../../src/secrets/passphrase.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "secret-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("one is made at the first start, for root's eyes only, and is the same ever after", async () => {
  const made = await keptPassphrase(folder);
  expect(made).toMatch(/^(?:[a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
  expect((await stat(passphraseFile(folder))).mode & 0o777).toBe(0o600);
  expect(await keptPassphrase(folder)).toBe(made);
});

test("two that are made differ", () => {
  expect(makePassphrase()).not.toBe(makePassphrase());
});

test("what nobody could have made is replaced", async () => {
  await writeFile(passphraseFile(folder), "short\n");
  const made = await keptPassphrase(folder);
  expect((await readFile(passphraseFile(folder), "utf8")).trim()).toBe(made);
});

test("a change of it is a new version, and saying the same again is none", async () => {
  const passphrase = createPassphrase(folder);
  await passphrase.use("correct horse");
  const first = passphrase.version;
  await passphrase.use("correct horse");
  expect([passphrase.current(), passphrase.version]).toEqual(["correct horse", first]);
  await passphrase.use("auto");
  expect(passphrase.current()).toBe(await keptPassphrase(folder));
  expect(passphrase.version).not.toBe(first);
});

test("where it cannot be kept there is none, and who asks is told why", async () => {
  await writeFile(`${folder}/file`, "");
  const passphrase = createPassphrase(`${folder}/file/below`);
  await passphrase.use("auto");
  expect(() => passphrase.current()).toThrow(/could not be (?:kept|read)/);
});

test("the command prints what the config says, or what was made", async () => {
  const config = `${folder}/wanherd.yaml`;
  const journal = `journal: { directory: ${folder} }\n`;
  await writeFile(config, `${journal}accessPoint: { passphrase: correct horse }\n`);
  expect(await configuredPassphrase(config)).toBe("correct horse");
  await writeFile(config, journal);
  expect(await configuredPassphrase(config)).toBeNull();
  const made = await keptPassphrase(folder);
  expect(await configuredPassphrase(config)).toBe(made);
  await writeFile(config, "accessPoint: { passphrase: short }\n");
  await expect(configuredPassphrase(config)).rejects.toThrow(/8–63/);
});
