import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { FailureError, failureFrom, printable } from "../../../machines/failure.ts";
import {
  CONCENTRATOR_ADDRESS,
  concentratorAddressOf,
  ECHO_PORT,
  gatewayAddressOf,
  MAX_MEMBERS,
  TUNNEL_INTERFACE,
  TUNNEL_MTU,
} from "../../bundle/mlppp/addresses.ts";
import { chapSecret } from "../../bundle/mlppp/keys.ts";
import { giveQueue } from "../../bundle/mlppp/queue.ts";
import { makeTunnel, removeTunnels } from "../../bundle/mlppp/wireguard.ts";
import { concentratorConfig } from "../../bundle/mlppp/wireguard-config.ts";
import { createReadyProgram } from "../../process/ready-program.ts";
import { serveEcho } from "../echo.ts";
import type { ConcentratorEngine } from "../types.ts";
import { BundleEnd } from "./bundle-end.ts";
import { listen } from "./listen.ts";
import { serveMemberEcho } from "./member-echo.ts";
import { REMOVE_FIREWALL, renderFirewall, renderSecrets } from "./render.ts";

const FOLDER = "/run/wanherd-concentrator/mlppp";
const NFT_TIMEOUT_MS = 30_000;
const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** The concentrator's part of the engine "mlppp": WireGuard, a pppd for each member, and the way out to the internet. */
export function createMlpppServer(folder = FOLDER): ConcentratorEngine {
  const secrets = `${folder}/chap-secrets`;

  return {
    programs: [
      { name: "pppd", package: "ppp" },
      { name: "socat", package: "socat" },
      { name: "wg", package: "wireguard-tools" },
      { name: "nft", package: "nftables" },
      { name: "ip", package: "iproute2" },
    ],
    async serve({ port, key, tell, ready, signal }) {
      const undo: (() => Promise<unknown>)[] = [];
      try {
        await keepSecrets(secrets, renderSecrets(chapSecret(key)));
        undo.push(() => rm(secrets, { force: true }));
        await nft(renderFirewall());
        undo.push(() => nft(REMOVE_FIREWALL));
        undo.push(await forward());
        await makeTunnel(tunnel(key, port), folder);
        undo.push(() => removeTunnels([TUNNEL_INTERFACE]));
        undo.push(await serveEcho({ address: CONCENTRATOR_ADDRESS, port: ECHO_PORT }));
        undo.push(await serveMemberEcho());
        const bundle = new BundleEnd({ secrets, tell, made: () => void giveQueue(tell) });
        undo.push(() => bundle.close());
        undo.push(await listen(bundle, tell));
        ready();
        if (!signal.aborted) await once(signal, "abort");
      } finally {
        for (const step of undo.reverse()) await step().catch((error: unknown) => tell(failureFrom(error).message));
      }
    },
  };

  async function keepSecrets(file: string, text: string): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(file, text, { mode: 0o600 });
    } catch (cause) {
      throw new FailureError("SystemRefused", `${file}: ${failureFrom(cause).message}`, { cause });
    }
  }
}

function tunnel(key: string, port: number): Parameters<typeof makeTunnel>[0] {
  const members = Array.from({ length: MAX_MEMBERS }, (_, index) => index + 1);
  return {
    name: TUNNEL_INTERFACE,
    config: concentratorConfig(key, port),
    mtu: TUNNEL_MTU,
    // The bundle's own address too: so the echo listens before there is a bundle.
    addresses: [...members.map((member) => `${concentratorAddressOf(member)}/32`), `${CONCENTRATOR_ADDRESS}/32`],
    routes: members.map((member) => ({ to: gatewayAddressOf(member), from: concentratorAddressOf(member) })),
  };
}

/** Lets packets through; what it returns puts that back. */
async function forward(): Promise<() => Promise<void>> {
  try {
    const before = await readFile(FORWARDING, "utf8");
    if (before.trim() === "1") return async () => {};
    await writeFile(FORWARDING, "1");
    return () => writeFile(FORWARDING, before.trim());
  } catch (cause) {
    throw new FailureError("SystemRefused", `${FORWARDING}: ${failureFrom(cause).message}`, { cause });
  }
}

async function nft(text: string): Promise<void> {
  const program = createReadyProgram({ command: "nft", args: ["-f", "-"], timeoutMs: NFT_TIMEOUT_MS });
  const { exitCode, stderr } = await program.run(text);
  if (exitCode === 0) return;
  throw new FailureError("SystemRefused", `nft refused the bundle's table: ${printable(stderr, 300)}`);
}
