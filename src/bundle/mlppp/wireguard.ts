import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { FailureError, failureFrom, printable } from "../../../machines/failure.ts";
import { programEnvironment, programResult } from "../../process/program-result.ts";

const TIMEOUT_MS = 10_000;

/** A WireGuard interface as it is to be. */
export interface Tunnel {
  readonly name: string;
  /** What `wg setconf` reads. Secret. */
  readonly config: string;
  readonly mtu: number;
  /** IPv4, each as `ip address add` takes it. */
  readonly addresses: readonly string[];
  /** What is reached through it, and our address on the way there. */
  readonly routes: readonly { readonly to: string; readonly from: string }[];
}

/**
 * How the members' streams are sent, the first that the kernel has. Scalable TCP (tcp_scalable.c) gives up an eighth of its window where a packet
 * is lost, not half, which a mobile network's loss would cost again and again; the queue that it would fill is kept empty by the stream's pace,
 * where the link's rate is known. TCP BBR needs no pace of ours, but pauses: four packets for 0.2 s each 10 s (PROBE_RTT). The route says so, so
 * that no other connection of this computer is touched (ip-route(8), congctl).
 */
const CONGESTION_CONTROLS = ["congctl scalable", "congctl bbr", ""] as const;

/**
 * Makes it, in place of one of the same name; its keys are in `folder` for as long as wg needs to read them. Rejects with FailureError
 * ProgramMissing or SystemRefused.
 */
export async function makeTunnel({ name, config, mtu, addresses, routes }: Tunnel, folder: string): Promise<void> {
  await removeTunnels([name]);
  await ip([`link add ${name} type wireguard`]);
  await configure(name, config, `${folder}/${name}.conf`);
  await ip([
    ...addresses.map((address) => `address add ${address} dev ${name} noprefixroute`),
    `link set ${name} mtu ${mtu} up`,
  ]);
  await setRoutes(routes.map(({ to, from }) => `route replace ${to}/32 dev ${name} src ${from}`));
}

/** The kernel refuses a congestion control that it has not, and cannot load (EINVAL, net/ipv4/metrics.c). */
async function setRoutes(lines: readonly string[]): Promise<void> {
  let refused: unknown;
  for (const control of CONGESTION_CONTROLS) {
    try {
      await ip(lines.map((line) => `${line} ${control}`));
      return;
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

async function configure(name: string, config: string, file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, config, { mode: 0o600 });
  } catch (cause) {
    throw new FailureError("SystemRefused", `${file}: ${failureFrom(cause).message}`, { cause });
  }
  await run("wg", ["setconf", name, file]).finally(() => rm(file, { force: true }));
}

/** Those that are not there are no fault. */
export async function removeTunnels(names: readonly string[]): Promise<void> {
  const present = new Set(await tunnels());
  await ip(names.filter((name) => present.has(name)).map((name) => `link delete ${name}`));
}

/** Names of all WireGuard interfaces. */
export async function tunnels(): Promise<readonly string[]> {
  const text = await run("ip", ["-j", "link", "show", "type", "wireguard"]);
  const links: unknown = JSON.parse(text.trim() === "" ? "[]" : text);
  return (Array.isArray(links) ? links : []).flatMap((link: { ifname?: unknown } | null) =>
    typeof link?.ifname === "string" ? [link.ifname] : [],
  );
}

async function ip(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run("ip", ["-batch", "-"], lines.map((line) => `${line}\n`).join(""));
}

async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const end = await execa(program, args, {
    ...{ input, reject: false, extendEnv: false, env: programEnvironment(), timeout: TIMEOUT_MS },
  });
  const { exitCode, stdout, stderr } = programResult(program, end);
  if (exitCode === 0) return stdout;
  // Of what these say only what went wrong: neither repeats a key.
  throw new FailureError("SystemRefused", `${program} ${args[0]}: ${printable(stderr, 200)}`, { tried: program });
}
