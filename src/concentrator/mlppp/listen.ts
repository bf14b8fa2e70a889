import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import { FailureError } from "../../../machines/failure.ts";
import { CONTROL_PORT, concentratorAddressOf, MAX_MEMBERS, memberOfAddress } from "../../bundle/mlppp/addresses.ts";
import { MAX_LINE, MEASURE_BYTES, parseAnnouncement } from "../../bundle/mlppp/control-protocol.ts";
import type { BundleEnd } from "./bundle-end.ts";

/** Random, as a network may compress. */
const meaninglessBytes = promisify(randomBytes) as (count: number) => Promise<Buffer>;
/** A line takes one packet; a gateway that needs longer than this to send it, or to take more of our answer, has lost it. */
const LINE_MS = 5_000;
const MAX_CONNECTIONS = 64;

/**
 * Takes the gateway's words, inside of WireGuard, which has proven who says them. Resolves with what ends it.
 * Rejects with FailureError AddressTaken.
 */
export async function listen(bundle: BundleEnd, tell: (text: string) => void): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const servers: Server[] = [];
  const hear = (socket: Socket): void => {
    socket.on("error", () => {});
    const member = memberOfAddress(socket.remoteAddress ?? "");
    if (member === null) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.setTimeout(LINE_MS, () => socket.destroy());
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end === -1 && text.length <= MAX_LINE) return;
      socket.removeAllListeners("data").pause();
      const announcement = end === -1 || end > MAX_LINE ? null : parseAnnouncement(text.slice(0, end));
      if (announcement === null) {
        tell(`member ${member}: it said something that was not understood`);
        socket.destroy();
        return;
      }
      const answer =
        announcement.type === "measure"
          ? meaninglessBytes(MEASURE_BYTES)
          : bundle.announced(member, announcement).then((word) => `${word}\n`);
      answer.then(
        (what) => socket.end(what),
        () => socket.destroy(),
      );
      socket.resume();
    });
  };
  const serve = (address: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, hear);
      server.maxConnections = MAX_CONNECTIONS;
      servers.push(server);
      server.once("error", (cause: Error) =>
        reject(new FailureError("AddressTaken", `${address}:${CONTROL_PORT}: ${cause.message}`, { cause })),
      );
      server.listen({ host: address, port: CONTROL_PORT }, () => resolve());
    });
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    for (let member = 1; member <= MAX_MEMBERS; member++) await serve(concentratorAddressOf(member));
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}
