import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectTo } from "../../bus/guest/connect-to.ts";
import { GuestError, RpcClient } from "../../bus/guest/rpc-client.ts";
import { serveGuest } from "../../bus/guest/serve.ts";
import { encode, MessageReader, type Request } from "../../bus/protocol.ts";

/** A guest's end of the wire that does what each test tells it. */
let folder: string;
let guestEnd: Socket;
let client: RpcClient;
let closeServer: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wanherd-unit-"));
  const server = createServer().listen(join(folder, "control"));
  await once(server, "listening");
  guestEnd = createConnection(join(folder, "control"));
  const [hostEnd] = (await once(server, "connection")) as [Socket];
  client = new RpcClient(hostEnd, () => "\nconsole: it smoked");
  closeServer = () => server.close();
});

afterEach(async () => {
  client.end("the test is over");
  guestEnd.destroy();
  closeServer();
  await rm(folder, { recursive: true });
});

/** Lets the guest's end answer each request with what `reply` makes of it; undefined is silence. */
function answerWith(reply: (request: Request) => object | undefined): void {
  const reader = new MessageReader();
  guestEnd.on("data", (chunk: Buffer) => {
    for (const message of reader.push(chunk)) {
      const answer = reply(message as Request);
      if (answer) guestEnd.write(encode({ id: (message as Request).id, ...answer } as never));
    }
  });
}

describe("asking the guest", () => {
  test("replies find their requests, in whatever order they come", async () => {
    const held: Request[] = [];
    answerWith((request) => {
      held.push(request);
      if (held.length === 2) {
        for (const { id, params } of held.reverse()) guestEnd.write(encode({ id, result: params }));
      }
      return undefined;
    });
    expect(await Promise.all([client.call("echo", 1), client.call("echo", 2)])).toEqual([1, 2]);
  });

  test("a handler's error names the method and keeps its kind", async () => {
    answerWith(() => ({ error: { message: "no such file", kind: "SystemRefused" } }));
    const error = await client.call("readFile").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GuestError);
    expect(error).toMatchObject({ message: "readFile: no such file", kind: "SystemRefused" });
  });

  test("when the guest dies, what waits and what comes later fail with the console's last words", async () => {
    answerWith(() => undefined);
    const waiting = client.call("exec");
    guestEnd.destroy();
    await expect(waiting).rejects.toThrow(/the guest is gone: .*\nconsole: it smoked/);
    await expect(client.call("exec")).rejects.toThrow("the guest is gone");
  });

  test("garbage on the wire ends the connection instead of being skipped", async () => {
    answerWith(() => undefined);
    const waiting = client.call("exec");
    guestEnd.write("Segmentation fault\n");
    await expect(waiting).rejects.toThrow("the guest is gone");
  });
});

describe("sharing the guest", () => {
  test("several users ask side by side, and all hear what it reports", async () => {
    answerWith(({ method, params }) => (method === "echo" ? { result: params } : { error: { message: "unknown" } }));
    const socket = join(folder, "shared");
    const stop = await serveGuest(client, socket);
    const [one, two] = await Promise.all([connectTo(socket), connectTo(socket)]);
    expect(await Promise.all([one.call("echo", "a"), two.call("echo", "b")])).toEqual(["a", "b"]);
    // Said once only, though it came through two connections.
    await expect(one.call("nonesuch")).rejects.toThrow(/^nonesuch: unknown$/);

    const heard = Promise.all([one, two].map((user) => new Promise((resolve) => user.on("plugged", resolve))));
    guestEnd.write(encode({ event: "plugged", data: { port: "1-1" } }));
    expect(await heard).toEqual([{ port: "1-1" }, { port: "1-1" }]);

    await one.close();
    expect(await two.call("echo", "still here")).toBe("still here");
    await stop();
    await expect(two.call("echo", 1)).rejects.toThrow("the guest is gone");
  });

  test("a user of a guest that has died is told so, and why", async () => {
    answerWith(() => undefined);
    const socket = join(folder, "shared");
    const stop = await serveGuest(client, socket);
    const user = await connectTo(socket);
    const waiting = user.call("exec");
    await once(guestEnd, "data");
    guestEnd.destroy();
    await expect(waiting).rejects.toThrow("it smoked");
    await stop();
  });

  test("where no guest is served, joining says where it looked", async () => {
    await expect(connectTo(join(folder, "nothing"))).rejects.toThrow(
      `no guest is served on ${join(folder, "nothing")}`,
    );
  });
});
