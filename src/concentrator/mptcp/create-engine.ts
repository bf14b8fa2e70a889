import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { FailureError, failureFrom, printable } from "../../../machines/failure.ts";
import { deriveSecret } from "../../bundle/invitation.ts";
import { SECRET_USE } from "../../bundle/mptcp/create-engine.ts";
import { createMptcpKernel } from "../../bundle/mptcp/kernel.ts";
import { ECHO } from "../../bundle/mptcp/proxy.ts";
import { fastestOf, parseFastest, sendBufferOf } from "../../bundle/mptcp/send-buffer.ts";
import { createReadyProgram } from "../../process/ready-program.ts";
import { serveEcho } from "../echo.ts";
import { keepServer } from "../keep-server.ts";
import type { ConcentratorEngine } from "../types.ts";
import { REMOVE_FIREWALL, renderAcl, renderFirewall, renderServerConfig, TUNNEL_USER } from "./render.ts";

const FOLDER = "/run/wanherd-concentrator/mptcp";
const NFT_TIMEOUT_MS = 30_000;

/** The concentrator's part of the engine "mptcp": ss-server, what it may reach, and the echo behind it. */
export function createMptcpServer(folder = FOLDER): ConcentratorEngine {
  const config = `${folder}/ss-server.json`;
  const acl = `${folder}/ss-server.acl`;

  async function nft(text: string): Promise<void> {
    const program = createReadyProgram({ command: "nft", args: ["-f", "-"], timeoutMs: NFT_TIMEOUT_MS });
    const { exitCode, stderr } = await program.run(text);
    if (exitCode === 0) return;
    throw new FailureError("SystemRefused", `nft refused the concentrator's table: ${printable(stderr, 300)}`);
  }

  return {
    programs: [
      { name: "mptcpize", package: "mptcpize" },
      { name: "ss-server", package: "shadowsocks-libev" },
      { name: "nft", package: "nftables" },
      { name: "ip", package: "iproute2" },
    ],
    user: TUNNEL_USER,
    async serve({ port, key, tell, ready, signal }) {
      const uid = await userId(TUNNEL_USER);
      const kernel = createMptcpKernel({ file: `${folder}/mptcp.json`, onNotice: tell });
      const complain = (error: unknown): void => tell(failureFrom(error).message);
      try {
        await mkdir(folder, { recursive: true, mode: 0o755 });
        await writeFile(config, renderServerConfig(port, deriveSecret(key, SECRET_USE)), { mode: 0o600 });
        await writeFile(acl, renderAcl(), { mode: 0o644 });
      } catch (cause) {
        throw new FailureError("SystemRefused", `${folder}: ${failureFrom(cause).message}`, { cause });
      }
      const told = new Map<number, number>();
      const endEcho = await serveEcho(ECHO, (gateway, word) => {
        const fastest = parseFastest(word ?? "");
        if (fastest !== null) told.set(gateway, fastest);
        if (word === null) told.delete(gateway);
        if (told.size > 0) kernel.sendBuffer(sendBufferOf(fastestOf([...told.values()]))).catch(complain);
      });
      try {
        await nft(renderFirewall(uid));
        await kernel.enter();
        await keepServer({
          program: "mptcpize",
          args: ["run", "ss-server", "-c", config, "--acl", acl, "-a", TUNNEL_USER],
          purpose: "which gateways connect to",
          pidFile: `${folder}/ss-server.pid`,
          argument: config,
          ...{ tell, ready, signal },
        });
      } finally {
        await endEcho();
        await nft(REMOVE_FIREWALL).catch(complain);
        await kernel.restore().catch(complain);
        await Promise.all([config, acl].map((file) => rm(file, { force: true })));
      }
    },
  };
}

/** From /etc/passwd (passwd(5)): a user of this computer's own. Rejects with FailureError SystemRefused. */
async function userId(name: string): Promise<number> {
  const text = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = text
    .split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.split(":");
  const uid = Number(fields?.[2]);
  if (Number.isInteger(uid) && uid > 0) return uid;
  throw new FailureError("SystemRefused", `there is no user ${name}: \`wanherd concentrator setup\` makes it`);
}
