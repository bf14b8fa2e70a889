import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PortPath } from "../../../../src/hotplug/types.ts";
import { startControlServer } from "../../../../src/inspector/control-server.ts";
import type { AgentView, PortStatus, Status } from "../../../../src/inspector/types.ts";
import { openJournal } from "../../../../src/journal/open-journal.ts";
import type { Journal } from "../../../../src/journal/types.ts";
import { BUNDLE, EXAMPLE } from "../example-status.ts";
import { buildProgram } from "./build-program.ts";
import { PseudoTerminal, type TerminalOptions } from "./pseudo-terminal.ts";

let built: string;
let folder: string;
let socket: string;
let journal: Journal;
let server: { close(): Promise<void> } | null;
let status: Status;
let asked: number;
let acted: string[];
const terminals: PseudoTerminal[] = [];

const view: AgentView = {
  status: async () => {
    asked += 1;
    return status;
  },
  verify: async () => ({ drift: [], mended: true }),
  act: (port, action, now) => acted.push(`${action} ${port}${now ? " now" : ""}`) > 0,
  setRank: (uplink, change) => acted.push(`${uplink} ${JSON.stringify(change)}`) > 0,
  setBalance: () => {},
};

const start = async (): Promise<void> => {
  server = await startControlServer({ view, journal, socket, version: "9.9.9" });
};
const stop = async (): Promise<void> => {
  await server?.close();
  server = null;
};
/** What sits in this port becomes so, and the journal tells of it. */
const becomes = (port: string, change: Partial<PortStatus>): void => {
  const ports = status.ports.map((held) => {
    if (held.port !== port) return held;
    const since = new Date().toISOString();
    return { ...held, since, history: [...held.history, { state: change.state ?? held.state, since }], ...change };
  });
  status = { ...status, ports };
  journal.write({ port: port as PortPath, topic: "transition", text: `modem: → ${change.state}` });
};
const program = (...words: string[]): string[] => [process.execPath, built, "watch", "--socket", socket, ...words];
const open = (options: Partial<TerminalOptions> = {}): PseudoTerminal => {
  const terminal = new PseudoTerminal({ folder, program: program(), ...options });
  terminals.push(terminal);
  return terminal;
};

beforeAll(async () => {
  built = await buildProgram();
});
afterAll(() => rm(join(built, ".."), { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watch-"));
  socket = join(folder, "agent.sock");
  journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 1 });
  [status, asked, acted, server] = [EXAMPLE, 0, [], null];
});
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.hangUp();
  await stop();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
});

describe("wanherd watch on a terminal", () => {
  it("shows what changes as it changes, and gives the terminal back on q, the last picture left on it", async () => {
    await start();
    const terminal = open();
    await terminal.sees(/^> 1-1 +left alone/m);
    await terminal.sees(/^ {2}1-1\.4 +switching/m);
    becomes("1-1.4", { state: "probing" });
    await terminal.sees(/^ {2}1-1\.4 +probing/m);
    await terminal.sees("modem: → probing");
    terminal.type("q");
    expect(await terminal.end()).toEqual({ code: 0, isGivenBack: true });
    expect(terminal.screen.text).toMatch(/^ {2}1-1\.4 +probing/m);
    expect(terminal.screen.text).not.toContain("q quit");
    expect([terminal.screen.row, terminal.screen.column]).toEqual([23, 0]);
  });

  it("asks before it cuts a link, does nothing without a yes, and everything else at once", async () => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    terminal.type("\u001b[B");
    await terminal.sees("> 1-1.2 ");
    terminal.type("d");
    await terminal.sees(/Disable 1-1\.2\? It ends its link wan1-1_2, which gets 25 % of the new\s+connections\. y\/N/);
    terminal.type("n");
    await terminal.sees("Nothing was done.");
    terminal.type("dy");
    await terminal.sees("1-1.2 is being taken out of use.");
    terminal.type("jr");
    await terminal.sees("1-1.3 will be tried again now.");
    status = { ...status, bundle: BUNDLE };
    becomes("1-1.4", { state: "probing" });
    await terminal.sees("Bundle (mptcp) to vps.example:7119: carrying over wan1-1_2");
    terminal.type("km");
    await terminal.sees(/which is in the balancer\? b into the bundle;/);
    terminal.type("b");
    await terminal.sees("1-1.2: in the bundle.");
    expect(acted).toEqual(["disable 1-1.2", "retry 1-1.3", '1-1.2 {"role":"bundle"}']);
    terminal.type("\u0003");
    expect(await terminal.end()).toEqual({ code: 0, isGivenBack: true });
  });

  it("has a port's details, which follow what happens to it", async () => {
    await start();
    journal.write({ port: "1-1.3" as PortPath, topic: "at", text: "AT+CREG? → +CREG: 0,3" });
    const terminal = open();
    await terminal.sees("> 1-1 ");
    terminal.type("\u001bOB\u001bOB\r");
    await terminal.sees(/^Port 1-1\.3 holds a modem[\s\S]*AT\+CREG\?/);
    becomes("1-1.3", { state: "registering" });
    await terminal.sees(/“registering”[\s\S]*modem: → registering/);
    terminal.type("\u001b");
    await terminal.sees(/^> 1-1\.3 +registering/m);
  });

  it("says that the agent is gone, waits for it, and goes on when it is back", async () => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    await stop();
    await terminal.sees(/^The agent is gone since /);
    terminal.type("r");
    await terminal.sees("The agent is not there.");
    becomes("1-1.4", { state: "probing" });
    await start();
    await terminal.sees(/^wanherd 0\.1\.0[\s\S]*1-1\.4 +probing/);
    expect(acted).toEqual([]);
  });

  it("fits another size at once", async () => {
    await start();
    const terminal = open();
    await terminal.sees("Power of hub");
    terminal.resize(12, 40);
    await terminal.sees(/^Enter · r d e m · \? help · q quit$/m);
    expect(terminal.screen.lines[2]).toMatch(/^> 1-1 /);
    terminal.resize(40, 132);
    await terminal.until(() => terminal.screen.lines[39]?.startsWith("↑↓ choose") === true);
    expect(terminal.screen.text).toContain("ADDRESS");
  });

  it("takes 80 × 24 where the line tells no size, and ASCII where the locale says no more", async () => {
    await start();
    const terminal = open({ isSized: false, environment: { LANG: "C" } });
    await terminal.sees("^v - Enter details - r retry - d disable - e enable - m move - ? help - q quit");
    expect(terminal.output).toMatch(/^[\0-\u007f]*$/);
  });

  it("has no colour with NO_COLOR", async () => {
    await start();
    const painted = open();
    await painted.sees("> 1-1 ");
    painted.type("q");
    await painted.end();
    const bare = open({ environment: { NO_COLOR: "1" } });
    await bare.sees("> 1-1 ");
    expect([painted.screen.colours.size > 0, bare.screen.colours.size]).toEqual([true, 0]);
  });

  it.each<NodeJS.Signals>(["SIGTERM", "SIGINT", "SIGHUP"])("gives the terminal back on %s", async (signal) => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    terminal.signal(signal);
    expect(await terminal.end()).toEqual({ code: 0, isGivenBack: true });
  });

  it("gives the terminal back while it is suspended, and draws all anew when it goes on", async () => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    const before = terminal.modes();
    terminal.type("\u001a");
    await terminal.until(() => terminal.modes() !== before);
    await terminal.until(() => terminal.state() === "T");
    const drawn = terminal.output.length;
    becomes("1-1.4", { state: "probing" });
    terminal.signal("SIGCONT");
    await terminal.sees(/^ {2}1-1\.4 +probing/m);
    expect(terminal.output.slice(drawn)).toContain("\u001b[H\u001b[J");
    expect(terminal.modes()).toBe(before);
  });

  it("ends when its terminal is hung up", async () => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    terminal.hangUp();
    await terminal.until(() => terminal.state() === "gone");
  });

  it("says in one line that there is no agent, and leaves the terminal alone", async () => {
    const terminal = open();
    await terminal.sees("wanherd: the agent is not running");
    expect(await terminal.end()).toEqual({ code: 3, isGivenBack: true });
    expect(terminal.output).not.toContain("\u001b");
  });

  it("draws seldom while a lot happens, and asks no more than it must", async () => {
    await start();
    const terminal = open();
    await terminal.sees("> 1-1 ");
    const before = asked;
    for (let number = 0; number < 5_000; number += 1) {
      journal.write({ port: null, topic: "agent", text: `thing ${number}.` });
    }
    await terminal.sees("thing 4999.");
    const seen = terminal.output.match(/thing [0-9]+\./g) ?? [];
    expect(seen.length).toBeLessThan(1_000);
    expect(asked - before).toBeLessThan(50);
  });
});

describe("wanherd watch in a pipe", () => {
  const piped = (
    ...words: string[]
  ): { out: () => string; child: ReturnType<typeof spawn>; code: Promise<number | null> } => {
    const [node = "", ...args] = program(...words);
    const child = spawn(node, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    return { child, out: () => out, code: new Promise((resolve) => child.once("exit", resolve)) };
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let waited = 0; !isSo(); waited += 20) {
      if (waited > 20_000) throw new Error("it did not come");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it("is a line for each change, also over the agent's absence, without a code, and asks only when something happened", async () => {
    await start();
    const { out, child, code } = piped();
    await until(() => out().includes("power: over-committed"));
    becomes("1-1.4", { state: "probing" });
    await until(() => out().includes("1-1.4    switching → probing\n"));
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(asked - before).toBeLessThanOrEqual(1);
    await stop();
    await until(() => out().includes("the agent is gone"));
    becomes("1-1.4", { state: "online" });
    await start();
    await until(() => out().includes("1-1.4    probing → online\n"));
    child.kill("SIGTERM");
    await code;
    expect(out()).not.toContain("\u001b");
    expect(out().split("\n").slice(0, -1)).toEqual(
      out()
        .split("\n")
        .slice(0, -1)
        .map(() => expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}\S+ +\S/)),
    );
    expect(out()).toMatch(/the agent is back: 0\.1\.0\n/);
  });

  it("ends when nobody reads any more", async () => {
    await start();
    const { out, child, code } = piped();
    await until(() => out() !== "");
    child.stdout?.destroy();
    becomes("1-1.4", { state: "probing" });
    expect(await code).toBe(0);
  });
});
