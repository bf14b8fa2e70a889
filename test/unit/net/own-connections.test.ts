import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeOwnConnections } from "../../../src/net/own-connections.ts";

let folder: string;
let ss: string;

/** Stands in for ss, which would end real connections of this computer: it writes down what it is told. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wanherd-ss-"));
  ss = join(folder, "ss");
  await writeFile(ss, `#!/bin/sh\necho "$*" >"${folder}/told"\n`, { mode: 0o755 });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const told = async (): Promise<string> => (await readFile(join(folder, "told"), "utf8")).trim();

test("connections from an address that has gone are ended", async () => {
  await closeOwnConnections(ss, "10.64.1.2");
  expect(await told()).toBe("--tcp --numeric --no-header --kill src 10.64.1.2");
});

test("but for those to the concentrator, which are parts of connections that go on", async () => {
  await closeOwnConnections(ss, "10.64.1.2", "198.51.100.9");
  expect(await told()).toBe("--tcp --numeric --no-header --kill src 10.64.1.2 and not dst 198.51.100.9");
});
