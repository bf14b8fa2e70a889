import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DrainEvent } from "../../../machines/port/effects.ts";
import { watchConnections } from "../../../src/net/connection-watch.ts";

const OPEN = "tcp      6 300 ESTABLISHED src=172.17.2.10 dst=198.18.0.1 sport=1 dport=80 [ASSURED] mark=512 use=1\n";
const CLOSED = OPEN.replace("ESTABLISHED", "TIME_WAIT");
/** No look is due before a test's end but the first. */
const NEVER_MS = 3_600_000;

let folder: string;
let end: () => void;
let told: DrainEvent[];
let notices: string[];
let wake: () => void;

/** Stand-ins: `conntrack -L` prints the file `list`, `conntrack -E` each line that is put into the pipe `events`. */
function watch(times: { lookAgainMs?: number; list?: string | null; slot?: number | null; ipv6?: boolean } = {}): void {
  const { ipv6 = false } = times;
  const { lookAgainMs = NEVER_MS, list = `echo "$@" >>${folder}/asked; cat ${folder}/list`, slot = 2 } = times;
  if (list !== null) writeFileSync(join(folder, "conntrack"), `#!/bin/sh\n${list}\n`, { mode: 0o755 });
  const monitor = `#!/bin/sh\necho $$ >${folder}/pid\nexec tail -n +1 -s 0.05 -f ${folder}/events\n`;
  writeFileSync(join(folder, "monitor"), monitor, { mode: 0o755 });
  writeFileSync(join(folder, "events"), "");
  const programs = { conntrack: join(folder, "conntrack"), monitor: { command: [join(folder, "monitor")] as const } };
  const notice = (text: string): void => void notices.push(text);
  end = watchConnections(
    { slot, ipv6, notice, ...programs, times: { firstLookMs: 1, paceMs: 1, lookAgainMs } },
    (event) => {
      told.push(event);
      wake();
    },
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, 50);
    });
  }
}

const put = (file: string, text: string): void => writeFileSync(join(folder, file), text);
const looks = (): number => readFileSync(join(folder, "asked"), "utf8").split("\n").length - 1;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connections-"));
  [told, notices] = [[], []];
  [end, wake] = [() => {}, () => {}];
});

afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

describe("the watch over a link's connections", () => {
  it("counts those of its mark at first, and again when an event says that one has changed", async () => {
    put("list", OPEN + OPEN + CLOSED);
    watch();
    await until(() => told.length === 1);
    put("list", CLOSED);
    put("events", "[DESTROY] tcp      6 src=172.17.2.10\n");
    await until(() => told.length === 2);
    expect(told).toEqual([
      { type: "drain.counted", left: 2 },
      { type: "drain.counted", left: 0 },
    ]);
    expect(readFileSync(join(folder, "asked"), "utf8")).toMatch(/^(-L -f ipv4 -m 0x00000200\/0x0000ff00\n)+$/);
  });

  it("counts those of IPv6 with them where the link has it", async () => {
    watch({
      ipv6: true,
      list: `case "$*" in *ipv6*) printf '${OPEN.trim()}\\n';; *) printf '${(OPEN + OPEN).replaceAll("\n", "\\n")}';; esac`,
    });
    await until(() => told.length === 1);
    expect(told).toEqual([{ type: "drain.counted", left: 3 }]);
  });

  it("looks again after a while where no event comes, and says only what is new", async () => {
    put("list", OPEN);
    watch({ lookAgainMs: 2 });
    await until(() => told.length === 1 && looks() >= 4);
    put("list", "");
    await until(() => told.length === 2);
    expect(told.map((event) => event.type === "drain.counted" && event.left)).toEqual([1, 0]);
  });

  it("ends its processes when it is ended, and says nothing any more", async () => {
    put("list", OPEN);
    watch({ lookAgainMs: 2 });
    await until(() => told.length === 1);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    put("list", "");
    end();
    await until(() => !isAlive(pid));
    expect(told).toHaveLength(1);
    expect(notices).toEqual([]);
  });

  it.each([
    ["is not there", null, "ProgramMissing"],
    ["is refused by the kernel", "echo 'Operation failed: not permitted' >&2; exit 1", "SystemRefused"],
  ])("says so once where conntrack %s, and looks no more", async (_, list, kind) => {
    watch({ list });
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ type: "drain.failed", failure: { kind } }]);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    await until(() => !isAlive(pid));
  });

  it("has nothing to wait for on a link that never was in the pool", () => {
    watch({ slot: null });
    expect(told).toEqual([{ type: "drain.counted", left: 0 }]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
