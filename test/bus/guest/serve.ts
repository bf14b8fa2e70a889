import { createServer, type Socket } from "node:net";
import { encode, type Message, MessageReader } from "../protocol.ts";
import { GuestError, type RpcClient } from "./rpc-client.ts";

/**
 * Lets others use a guest that this process owns, on a unix socket, with the guest's own protocol: the control port
 * itself takes one client only. Every one hears every notification. The returned function ends it.
 */
export async function serveGuest(client: RpcClient, socketPath: string): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A user that goes away in mid-answer is no concern of ours; "close" follows.
    socket.on("error", () => {});
    forwardRequests(socket, client);
  });
  client.onAny((event, data) => {
    for (const socket of sockets) socket.write(encode({ event, data }));
  });
  client.onEnd(() => {
    // After the answers to what was being asked, which tell why it ended.
    setImmediate(() => {
      for (const socket of sockets) socket.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  return () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
}

function forwardRequests(socket: Socket, client: RpcClient): void {
  const reader = new MessageReader();
  const forward = async (message: Message) => {
    if (!("method" in message)) return;
    const { id, method, params } = message;
    try {
      socket.write(encode({ id, result: await client.call(method, params) }));
    } catch (error) {
      socket.write(encode({ id, error: describe(error) }));
    }
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      for (const message of reader.push(chunk)) void forward(message);
    } catch {
      socket.destroy();
    }
  });
}

/** A handler's error keeps its own words; its method is named again at the other end. */
function describe(error: unknown): { message: string; kind?: string } {
  if (error instanceof GuestError) {
    return { message: error.reason, ...(error.kind === undefined ? {} : { kind: error.kind }) };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
