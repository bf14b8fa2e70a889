import { describe, expect, it } from "vitest";
import { FailureError } from "../../../machines/failure.ts";
import { buildCli, type CliActions, type UpOptions } from "../../../src/cli/build-cli.ts";
import { plain } from "../../../src/cli/style.ts";
import type { Surroundings } from "../../../src/cli/surroundings.ts";
import type { Identification } from "../../../src/identify/types.ts";
import type { AgentClient, EventFilter } from "../../../src/inspector/client.ts";
import { AgentNotRunning, RequestRefused } from "../../../src/inspector/errors.ts";
import type { JournalEntry } from "../../../src/journal/types.ts";
import { device } from "../rules/device.ts";
import { EXAMPLE, NOW } from "./example-status.ts";

const ENTRIES: readonly JournalEntry[] = [1, 2, 3].map((seq) => ({
  seq,
  time: "2026-01-05T14:02:07.123Z",
  port: null,
  topic: "agent",
  text: `thing ${seq}`,
}));

const STICK: Identification = {
  schema: 1,
  device: device("1c9e:9605", ["ff/ff/ff"], { product: "Stick" }),
  usbId: "1c9e:9605",
  interfaces: [],
  identity: { kind: "other", name: "Stick", why: "nothing is known of it" },
  suggestion: { kind: "none", why: "it has no ports" },
};

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: string,
  options: {
    client?: Partial<AgentClient>;
    actions?: Partial<CliActions>;
    programs?: boolean;
    goneAfter?: number;
  } = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const gone = new AbortController();
  const client: AgentClient = {
    status: async () => EXAMPLE,
    verify: async () => ({ drift: [], mended: true }),
    async *events(filter) {
      if (filter?.port === "1-9") return;
      yield* ENTRIES;
    },
    act: async () => {},
    setRank: async () => {},
    setBalance: async () => {},
    ...options.client,
  };
  const surroundings: Surroundings = {
    terminal: {
      out: (text) => {
        out += text;
        if (out.split("\n").length > (options.goneAfter ?? Number.POSITIVE_INFINITY)) gone.abort();
      },
      err: (text) => {
        err += text;
      },
      columns: 80,
      style: plain,
      gone: gone.signal,
    },
    now: () => NOW,
    client: () => client,
    probe: {
      findProgram: async (name) => (options.programs === false ? null : `/usr/sbin/${name}`),
      kernelModules: async () => null,
      commandLines: async () => [],
      configuration: async () => ({ problems: [], accessPoint: { enabled: true, country: "SE" }, named: [] }),
      firmwareLacking: async () => [],
      underVoltage: async () => null,
      forwardBlocks: async () => ({ lan: "lan-br", blocks: [] }),
      capabilities: async () => 0n,
      exists: async () => false,
      list: async () => [],
      udevFolder: async () => "/opt/wanherd/udev",
      processNames: async () => new Set(),
      hubs: async () => [],
      nameServer: async () => "nobody",
      service: async () => null,
      clock: async () => ({ now: NOW, built: null, synchronised: null }),
      storage: async () => ({ directory: "/var/lib/wanherd", isReadOnly: false, freeBytes: null, freeFiles: null }),
      nodeVersion: async () => "20.19.2",
      radioSwitches: async () => [],
    },
  };
  const actions: CliActions = {
    version: "9.9.9",
    runAgent: async () => 0,
    inspect: async ({ listen, token }, ready) => ready(`http://${listen.address}:${listen.port}/${token ? "#t" : ""}`),
    passphrase: async () => "tkhm-7dx4-qpwz-92fa",
    checkRules: async () => ({ ok: true, text: "all well" }),
    tryRules: async ({ file }) => ({ ok: file === "sound.yaml", text: `tried ${file}` }),
    identify: async () => ({ inUse: [] }),
    heardAnswers: async () => new Map(),
    ...options.actions,
  };
  const code = await buildCli(actions, surroundings)(args.split(" ").filter((word) => word !== ""));
  return { code, out, err };
}

const notRunning = { status: () => Promise.reject(new AgentNotRunning("/run/x.sock")) };

describe("exit codes", () => {
  it.each<[string, number, Parameters<typeof run>[1]]>([
    ["status", 0, {}],
    ["--version", 0, {}],
    ["--help", 0, {}],
    ["explain --help", 0, {}],
    ["status", 3, { client: notRunning }],
    ["status", 1, { client: { status: () => Promise.reject(new Error("odd")) } }],
    ["", 2, {}],
    ["rules", 2, {}],
    ["nonsense", 2, {}],
    ["status --nonsense", 2, {}],
    ["status more", 2, {}],
    ["explain", 2, {}],
    ["explain ../etc", 2, {}],
    ["events --since yesterday", 2, {}],
    ["events --from yesterday", 2, {}],
    ["up --stately javascript:alert(1)", 2, {}],
    ["up --stately 8080", 2, {}],
    ["events --to 25:00", 2, {}],
    ["events --topic at,gossip", 2, {}],
    ["explain 1-9", 1, {}],
    ["set 1-1.3 weight=3", 0, {}],
    ["set 1-1.3", 2, {}],
    ["set ../etc weight=3", 2, {}],
    ["set 1-1.3 weight=0", 2, {}],
    ["set 1-1.3 weight=1001", 2, {}],
    ["set 1-1.3 tier=auto", 2, {}],
    ["set 1-1.3 tier=10", 2, {}],
    ["set 1-1.3 speed=3", 2, {}],
    ["balance host", 0, {}],
    ["balance luck", 2, {}],
    ["measure", 1, {}],
    ["measure http://192.0.2.1/f --repetitions 0", 2, {}],
    ["measure http://192.0.2.1/f --megabytes 1001", 2, {}],
    ["measure http://192.0.2.1/f --seconds 1e3", 2, {}],
    ["measure http://192.0.2.1/f --connections 1", 2, {}],
    ["measure http://192.0.2.1/f --link ../etc", 2, {}],
    ["measure ftp://192.0.2.1/f", 1, {}],
    ["explain eth9", 1, {}],
    ["inspect --listen 172.17.2.1", 2, {}],
    ["inspect --listen example.org:80", 2, {}],
    ["doctor", 1, {}],
    ["rules check", 0, {}],
    ["rules check", 1, { actions: { checkRules: async () => ({ ok: false, text: "bad" }) } }],
    ["rules check sound.yaml", 0, {}],
    ["rules check other.yaml", 1, {}],
    ["identify 1-1.3", 1, {}],
    ["identify ../etc", 2, {}],
    ["identify 1-1.3 --rule", 1, { actions: { identify: async () => STICK } }],
    ["identify 1-1.3", 0, { actions: { identify: async () => STICK } }],
    ["identify 1-1.2 --ask", 1, { actions: { identify: async () => STICK } }],
    ["identify 1-1.2 --ask", 0, { actions: { identify: async () => STICK }, client: notRunning }],
    ["up", 1, { programs: false }],
    ["up", 0, {}],
    ["up", 7, { actions: { runAgent: async () => 7 } }],
  ])("wanherd %s: %i", async (args, code, options) => {
    expect((await run(args, options)).code).toBe(code);
  });
});

describe("the commands", () => {
  it("inspect tells where the page is, and warns where others can listen", async () => {
    expect(await run("inspect --token")).toEqual({ code: 0, out: "http://127.0.0.1:8687/#t\n", err: "" });
    const { out, err } = await run("inspect --listen 172.17.2.1:80");
    expect(out).toBe("http://172.17.2.1:80/\n");
    expect(err).toMatch(/not encrypted/);
  });

  it("up hands its options on, and names what is missing instead of starting", async () => {
    let given: UpOptions | null = null;
    const runAgent = async (options: UpOptions): Promise<number> => {
      given = options;
      return 0;
    };
    const missing = await run("up", { programs: false, actions: { runAgent } });
    expect(given).toBeNull();
    expect(missing.err).toBe(
      "wanherd: not started, programs are missing: pppd, nft, ip, udevadm, conntrack, setpriv\n" +
        "→ apt install ppp nftables iproute2 udev conntrack util-linux\n",
    );
    await run("up --config /c.yaml --socket /s --rules /r --keep", { actions: { runAgent } });
    expect(given).toEqual({ config: "/c.yaml", socket: "/s", rules: "/r", keep: true, stately: null });
  });

  it("up tells a failure with its advice", async () => {
    const runAgent = (): Promise<number> =>
      Promise.reject(new FailureError("SystemRefused", "another agent is running"));
    const { code, err } = await run("up", { actions: { runAgent } });
    expect([code, err.split("\n")[0]]).toEqual([1, "wanherd: another agent is running"]);
    expect(err).toContain("→ ");
  });

  it("status --verify ends with 1 when there was something to mend, and tells what", async () => {
    const drift = ["table inet wanherd: the table is missing", "net/ipv4/ip_forward is 0 instead of 1"];
    const good = await run("status --verify");
    expect([good.code, good.out]).toEqual([0, expect.stringContaining("The kernel holds what it should.")]);
    const mended = await run("status --verify", { client: { verify: async () => ({ drift, mended: true }) } });
    expect(mended.code).toBe(1);
    expect(mended.out).toMatch(/the table is missing\n.*ip_forward is 0 instead of 1\nIt is mended\.\n$/);
    const fought = await run("status --verify", { client: { verify: async () => ({ drift, mended: false }) } });
    expect([fought.code, fought.out]).toEqual([1, expect.stringContaining("not mended")]);
    const json = await run("status --verify --json", { client: { verify: async () => ({ drift, mended: true }) } });
    expect([json.code, JSON.parse(json.out).verification]).toEqual([1, { drift, mended: true }]);
    const failing = { verify: () => Promise.reject(new RequestRefused(500, "SystemRefused", "not read")) };
    expect(await run("status --verify", { client: failing })).toMatchObject({ code: 1, out: "" });
  });

  it("status --json is the status and nothing else", async () => {
    expect(JSON.parse((await run("status --json")).out)).toEqual(EXAMPLE);
  });

  it("events asks for what was wanted, and prints one JSON entry per line", async () => {
    let asked: EventFilter | null = null;
    const client: Partial<AgentClient> = {
      async *events(filter) {
        asked = filter;
        yield* ENTRIES;
      },
    };
    const { out } = await run("events --json --port 1-1.3 --since 40", { client });
    expect(asked).toMatchObject({ port: "1-1.3", since: 40, follow: false });
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(ENTRIES);
    await run("events --follow", { client });
    expect(asked).toMatchObject({ follow: true, limit: 10 });
  });

  it("events asks for a time, topics and a text", async () => {
    const asked: EventFilter[] = [];
    const client: Partial<AgentClient> = {
      async *events(filter) {
        asked.push(filter);
        yield* ENTRIES;
      },
    };
    await run("events --from 2026-01-05T14:02:00Z --to 14:09 --topic at,process --grep carrier", { client });
    const to = new Date();
    to.setHours(14, 9, 0, 0);
    expect(asked[0]).toMatchObject({
      from: new Date("2026-01-05T14:02:00Z"),
      to,
      topics: ["at", "process"],
      text: "carrier",
    });
  });

  it("events --follow ends quietly when nobody reads any more, and with 1 when the agent ends", async () => {
    expect(await run("events --follow", { goneAfter: 2 })).toMatchObject({ code: 0, err: "" });
    expect(await run("events --follow")).toMatchObject({ code: 1 });
  });

  it("explain names the known ports where it knows nothing of one", async () => {
    expect((await run("explain 1-9")).err).toBe(
      "wanherd: nothing is known of port 1-9; known ports: 1-1, 1-1.2, 1-1.3, 1-1.4, 1-1.5, 1-1.10\n",
    );
  });

  it.each(["retry", "disable", "enable"])("%s says what becomes of the port, or that there is none", async (action) => {
    expect((await run(`${action} 1-1.3`)).out).toMatch(/^1-1\.3 (will|is) /);
    const act = (): Promise<void> => Promise.reject(new RequestRefused(404, "NoSuchPort", "no"));
    expect(await run(`${action} 1-9`, { client: { act } })).toMatchObject({ code: 1, out: "" });
  });

  it("disable waits for the connections that there are, unless it is told not to", async () => {
    const asked: unknown[] = [];
    const act: AgentClient["act"] = async (...words) => void asked.push(words);
    await run("disable 1-1.3", { client: { act } });
    await run("disable --now 1-1.3", { client: { act } });
    expect(asked).toEqual([
      ["1-1.3", "disable", undefined],
      ["1-1.3", "disable", true],
    ]);
    expect((await run("enable --now 1-1.3")).code).toBe(2);
  });

  it("set and balance pass on what a hand says, and repeat it", async () => {
    const said: unknown[] = [];
    const client: Partial<AgentClient> = {
      setRank: async (uplink, change) => void said.push([uplink, change]),
      setBalance: async (by) => void said.push(by),
    };
    expect((await run("set 1-1.3 weight=3 tier=2", { client })).out).toBe("1-1.3: weight 3, tier 2\n");
    expect((await run("set eth0 weight=auto", { client })).out).toBe("eth0: weight auto\n");
    expect((await run("set 1-1.3 weight=config", { client })).out).toBe("1-1.3: weight by the config\n");
    expect((await run("balance host", { client })).out).toBe("new connections are spread by host\n");
    expect(said).toEqual([
      ["1-1.3", { weight: 3, tier: 2 }],
      ["eth0", { weight: "auto" }],
      ["1-1.3", { weight: "config" }],
      "host",
    ]);
  });

  it("every command explains itself", async () => {
    for (const command of "up status events explain watch measure set move balance retry disable enable inspect report identify init join leave concentrator rules passphrase doctor completion".split(
      " ",
    )) {
      expect((await run(`${command} --help`)).out).toMatch(/^Usage: wanherd .+\n\n[a-z].{15,}/);
    }
  });

  it("completion offers each command, and options by command", async () => {
    const { out } = await run("completion");
    expect(out).toContain(
      "up status events explain watch measure set move balance retry disable enable inspect report identify init join leave concentrator rules passphrase doctor completion",
    );
    expect(out).toContain('events) words="--follow --json --port --since --from --to --topic --grep --socket --help"');
    expect(out).toContain('balance) words="--socket --help connection host config"');
    expect(out).toContain('rules) words="check --rules --help"');
  });
});
