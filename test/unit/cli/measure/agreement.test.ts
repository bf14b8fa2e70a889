import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startControlServer } from "../../../../src/inspector/control-server.ts";
import type { AgentView, UplinkStatus } from "../../../../src/inspector/types.ts";
import { openJournal } from "../../../../src/journal/open-journal.ts";
import type { Journal } from "../../../../src/journal/types.ts";
import { EXAMPLE } from "../example-status.ts";
import { buildProgram } from "../watch/build-program.ts";
import { PseudoTerminal } from "../watch/pseudo-terminal.ts";

let built: string;
let folder: string;
let journal: Journal;
let control: { close(): Promise<void> };
let internet: Server;
let requests = 0;

const link = { ...(EXAMPLE.uplinks[0] as UplinkStatus), port: null, interface: "eth0", address: "127.0.0.11" };
/** Its counter always has more than was wanted. */
let looks = 0;
const view: Partial<AgentView> = {
  status: async () => {
    looks += 1;
    return { ...EXAMPLE, uplinks: [{ ...link, rxBytes: looks * 100e6 }] };
  },
};

beforeAll(async () => {
  built = await buildProgram();
  folder = await mkdtemp(join(tmpdir(), "agreement-"));
  journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 1 });
  const socket = join(folder, "agent.sock");
  control = await startControlServer({ view: view as AgentView, journal, socket, version: "9.9.9" });
  internet = createServer((_, answer) => {
    requests += 1;
    answer.end(Buffer.alloc(2_000_000));
  });
  await new Promise<void>((resolve) => internet.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  internet.closeAllConnections();
  internet.close();
  await control.close();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
  await rm(dirname(built), { recursive: true, force: true });
});

const measuring = (): PseudoTerminal => {
  const url = `http://127.0.0.1:${(internet.address() as AddressInfo).port}/f`;
  const bounds = "-n 1 --megabytes 1 --seconds 10 --connections 2".split(" ");
  const program = [process.execPath, built, "measure", url, "--socket", join(folder, "agent.sock"), ...bounds];
  return new PseudoTerminal({ folder, program });
};

it.each([
  ["Enter", "\r", 1],
  ["n", "n\r", 1],
  ["Ctrl-D", "\u0004", 1],
  // As any program that SIGINT ends.
  ["Ctrl-C", "\u0003", 130],
])("on a terminal it is asked first, and %s downloads nothing", async (_, keys, code) => {
  const terminal = measuring();
  await terminal.sees("up to 2.0 MB, in 24s at most.\nGo on? y/N");
  terminal.type(keys);
  expect(await terminal.end()).toEqual({ code, isGivenBack: true });
  expect([requests, terminal.screen.text.includes("nothing was measured")]).toEqual([0, code === 1]);
});

it("a yes measures, with a line that says how it goes", async () => {
  const terminal = measuring();
  await terminal.sees("Go on? y/N");
  terminal.type("y\r");
  expect(await terminal.end()).toEqual({ code: 0, isGivenBack: true });
  expect(terminal.screen.text).toMatch(/^eth0 +1 .*\neth0 +2 /m);
  expect(terminal.output).toMatch(/1 of 2 · eth0 · 1 connection · [0-9.]+ [kM]?B of 1\.0 MB/);
});
