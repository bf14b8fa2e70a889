import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { type Handlers, type Notify, TUNNEL } from "../protocol.ts";
import { Arguments } from "./arguments.ts";

/** Connections to unix sockets of the guest whose other end is on the host: there is no network between the two. */
export function tunnelHandlers(notify: Notify): Handlers {
  const sockets = new Map<number, Socket>();
  let next = 1;
  return {
    async "tunnel.open"(params) {
      const socket = createConnection(new Arguments(params).text("path"));
      await once(socket, "connect");
      const id = next++;
      sockets.set(id, socket);
      socket.on("data", (chunk) => notify(TUNNEL.data, { id, base64: chunk.toString("base64") }));
      // What went wrong ends it, and that is told.
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(id);
        notify(TUNNEL.closed, { id });
      });
      return id;
    },

    async "tunnel.write"(params) {
      const given = new Arguments(params);
      sockets.get(given.number("id"))?.write(Buffer.from(given.text("base64"), "base64"));
    },

    async "tunnel.close"(params) {
      sockets.get(new Arguments(params).number("id"))?.destroy();
    },
  };
}
