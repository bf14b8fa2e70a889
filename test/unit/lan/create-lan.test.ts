import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLan } from "../../../src/lan/create-lan.ts";

const LAN = { bridge: "lan-br", address: "172.17.2.1/24", ports: ["eth1"] };
const PORT_OF_ANOTHER = [{ ifname: "eth1", flags: ["UP"], master: "docker0", addr_info: [] }];

let folder: string;
let notices: string[];
/** By interface: tells its watcher that something has happened. */
let happened: Map<string, () => void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lan-"));
  notices = [];
  happened = new Map();
  writeFileSync(join(folder, "machine-id"), "0123456789abcdef0123456789abcdef\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

/** `ip` that shows these links, and notes what else it is told. */
function lanWith(links: readonly object[], exit = 'cat >>"$0.told"') {
  const ip = join(folder, "ip");
  const shown = `${JSON.stringify(links)}\n[]`;
  writeFileSync(ip, `#!/bin/sh\ncase "$*" in *-j*) cat >/dev/null; echo '${shown}' ;; *) ${exit} ;; esac\n`);
  chmodSync(ip, 0o755);
  const watchInterface = (name: string, changed: () => void): (() => void) => {
    happened.set(name, changed);
    return () => happened.delete(name);
  };
  return createLan({
    watch: { watchInterface },
    ip,
    machineId: join(folder, "machine-id"),
    onNotice: (text) => notices.push(text),
  });
}

const told = (): string => readFileSync(join(folder, "ip.told"), "utf8");

describe("the LAN's hands", () => {
  it("make a bridge that has the same address on the same computer, whenever it is made", async () => {
    await lanWith([]).applyLan(LAN);
    await lanWith([]).applyLan(LAN);
    const made = told().match(/address 02(?::[0-9a-f]{2}){5} type bridge/g) ?? [];
    expect(made).toHaveLength(2);
    expect(made[0]).toBe(made[1]);
  });

  it("say once which port they had to leave to another bridge", async () => {
    const lan = lanWith(PORT_OF_ANOTHER);
    await lan.applyLan(LAN);
    await lan.applyLan(LAN);
    expect(notices).toEqual(["left out of the LAN, as another bridge has it: eth1"]);
  });

  it("tell what the kernel refused", async () => {
    const lan = lanWith(
      [],
      "cat >/dev/null; echo 'RTNETLINK answers: Operation not permitted' >&2; echo 'Command failed -:1' >&2; exit 2",
    );
    await expect(lan.applyLan(LAN)).rejects.toMatchObject({
      failure: {
        kind: "SystemRefused",
        message: expect.stringMatching(/link add name lan-br .*Operation not permitted/),
      },
    });
  });

  it("make it again when something has happened to it, and no more once it is undone", async () => {
    const lan = lanWith([]);
    await lan.applyLan(LAN);
    expect([...happened.keys()]).toEqual(["lan-br", "eth1"]);
    happened.get("eth1")?.();
    happened.get("lan-br")?.();
    const late = happened.get("eth1");
    await lan.restoreLan();
    expect(told().match(/link add name lan-br/g)).toHaveLength(2);
    expect(happened.size).toBe(0);
    late?.();
    await lan.restoreLan();
    expect(told().match(/link add name lan-br/g)).toHaveLength(2);
  });

  it("undo nothing where there is nothing of ours", async () => {
    await lanWith(PORT_OF_ANOTHER).restoreLan();
    expect(told).toThrow(/ENOENT/);
  });
});
