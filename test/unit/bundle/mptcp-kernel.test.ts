import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMptcpKernel } from "../../../src/bundle/mptcp/kernel.ts";

/** A kernel as Debian ships it, as far as /proc/sys tells. */
const DEBIAN: Readonly<Record<string, string>> = {
  "net/mptcp/enabled": "1",
  "net/mptcp/stale_loss_cnt": "4",
  "net/ipv4/tcp_congestion_control": "cubic",
  "net/ipv4/tcp_rmem": "4096\t131072\t6291456",
  "net/ipv4/tcp_wmem": "4096\t16384\t4194304",
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "wanherd-mptcp-"));
  for (const [path, value] of Object.entries(DEBIAN)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${value}\n`);
  }
});

afterEach(() => rm(root, { recursive: true, force: true }));

const value = async (path: string) => (await readFile(join(root, path), "utf8")).trim();
const kernel = () => createMptcpKernel({ file: join(root, "notes.json"), onNotice: () => {}, ip: "true", root });

test("there is room for what is late to wait; all is put back, by another agent too", async () => {
  await kernel().enter();
  expect(await value("net/ipv4/tcp_rmem")).toBe("4096\t131072\t16777216");
  expect(await value("net/ipv4/tcp_wmem")).toBe("4096\t16384\t393216");
  expect(await value("net/ipv4/tcp_congestion_control")).toBe("bbr");
  await kernel().restore();
  for (const [path, before] of Object.entries(DEBIAN)) expect(await value(path), path).toBe(before);
});

test("buffers that are larger already stay", async () => {
  await writeFile(join(root, "net/ipv4/tcp_rmem"), "4096\t131072\t33554432\n");
  await kernel().enter();
  expect(await value("net/ipv4/tcp_rmem")).toBe("4096\t131072\t33554432");
});

test("a subflow may hold what the fastest link carries in a second, also when that was known before; small changes are none", async () => {
  const known = kernel();
  await known.sendBuffer(500_000);
  expect(await value("net/ipv4/tcp_wmem")).toBe(DEBIAN["net/ipv4/tcp_wmem"]);
  await known.enter();
  expect(await value("net/ipv4/tcp_wmem")).toBe("4096\t16384\t500000");
  await known.sendBuffer(550_000);
  expect(await value("net/ipv4/tcp_wmem")).toBe("4096\t16384\t500000");
  await known.sendBuffer(800_000);
  expect(await value("net/ipv4/tcp_wmem")).toBe("4096\t16384\t800000");
  await known.restore();
  await known.sendBuffer(2_000_000);
  expect(await value("net/ipv4/tcp_wmem")).toBe(DEBIAN["net/ipv4/tcp_wmem"]);
});
