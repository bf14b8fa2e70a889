import { once } from "node:events";
import { createConnection } from "node:net";
import { Guest } from "./guest.ts";
import { RpcClient } from "./rpc-client.ts";

/** Joins a guest that another process owns and serves on `socketPath` (serve.ts). Closing it leaves the guest alone. */
export async function connectTo(socketPath: string): Promise<Guest> {
  const socket = createConnection(socketPath);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new Error(`no guest is served on ${socketPath}`, { cause });
  }
  const client = new RpcClient(socket);
  return new Guest(client, async () => client.end("the connection to it was closed"));
}
