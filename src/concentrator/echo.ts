import { createServer, type Socket } from "node:net";
import { FailureError } from "../../machines/failure.ts";

/** More gateways than that at once are refused. */
const MAX_CONNECTIONS = 256;
/** A gateway asks each 10 s at least. */
const IDLE_MS = 60_000;
/** It sends a word at a time. */
const MAX_CHUNK = 64;

/**
 * Sends back what it gets (RFC 862), a few bytes at a time: how a gateway knows that the concentrator answers through the bundle.
 * `heard` is told each word that came, with a number that is its connection's, and null when that has ended. Resolves when it listens, with what ends it. Rejects with FailureError AddressTaken.
 */
export function serveEcho(
  at: { readonly address: string; readonly port: number },
  heard: (connection: number, word: string | null) => void = () => {},
): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    open.add(socket);
    socket.setNoDelay(true).setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk) => {
      // One that sends more, or takes nothing, is no gateway of ours.
      if (chunk.length > MAX_CHUNK || socket.writableLength > MAX_CHUNK) {
        socket.destroy();
        return;
      }
      socket.write(chunk);
      heard(connection, chunk.toString("latin1"));
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      open.delete(socket);
      heard(connection, null);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error) => {
      reject(new FailureError("AddressTaken", `${at.address}:${at.port}: ${cause.message}`, { cause }));
    });
    server.listen({ host: at.address, port: at.port }, () => {
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      );
    });
  });
}
