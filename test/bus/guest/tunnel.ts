import { createServer, type Socket } from "node:net";
import { TUNNEL } from "../protocol.ts";
import type { Guest } from "./guest.ts";

/** Serves a unix socket of the guest at `hostPath` on the host, until it is closed. */
export async function tunnelTo(guest: Guest, guestPath: string, hostPath: string): Promise<{ close(): Promise<void> }> {
  const clients = new Map<number, Socket>();
  const all = new Set<Socket>();
  const stopHearing = [
    guest.on(TUNNEL.data, (data) => {
      const { id, base64 } = data as { id: number; base64: string };
      clients.get(id)?.write(Buffer.from(base64, "base64"));
    }),
    guest.on(TUNNEL.closed, (data) => clients.get((data as { id: number }).id)?.end()),
  ];
  const server = createServer((client) => {
    all.add(client);
    client.on("error", () => {});
    client.on("close", () => all.delete(client));
    void join(client).catch(() => client.destroy());
  });
  async function join(client: Socket): Promise<void> {
    client.pause();
    const id = (await guest.call("tunnel.open", { path: guestPath })) as number;
    clients.set(id, client);
    const tell = (method: string, params: object): void => {
      guest.call(method, { id, ...params }).catch(() => client.destroy());
    };
    client.on("data", (chunk) => tell("tunnel.write", { base64: chunk.toString("base64") }));
    client.once("close", () => {
      clients.delete(id);
      tell("tunnel.close", {});
    });
    if (client.destroyed) tell("tunnel.close", {});
    client.resume();
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(hostPath, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        for (const client of all) client.destroy();
        server.close(() => {
          for (const stop of stopHearing) stop();
          resolve();
        });
      }),
  };
}
