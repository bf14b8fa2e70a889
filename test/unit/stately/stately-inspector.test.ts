import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { createActor, fromPromise, setup } from "xstate";
import { maskCommands } from "../../../src/journal/redact.ts";
import { statelyInspector } from "../../../src/stately/stately-inspector.ts";

const SECRET = "73519264";

/** A machine that holds a secret in every place where one can be: context, event, what an effect was given and came to. */
const modem = setup({
  types: { events: {} as { type: "modem.told"; password: string } },
  actors: { unlock: fromPromise(async ({ input }: { input: { pin: string } }) => ({ key: input.pin })) },
}).createMachine({
  id: "modem",
  context: { pin: SECRET, said: `AT+CPIN=${SECRET}`, apn: "internet" },
  initial: "locked",
  states: {
    locked: { invoke: { id: "unlock", src: "unlock", input: { pin: SECRET }, onDone: "ready", onError: "ready" } },
    ready: {},
  },
});

it("the machines are told to Stately's inspector, also from before it listened, and no secret is", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const inspector = statelyInspector(`ws://127.0.0.1:${port}`, maskCommands);
  const heard: string[] = [];
  const last = new Promise<void>((resolve) => {
    server.on("connection", (peer: WebSocket) =>
      peer.on("message", (data) => {
        heard.push(String(data));
        if (String(data).includes("modem.told")) resolve();
      }),
    );
  });
  const actor = createActor(modem, { inspect: (event) => inspector.inspect(event) }).start();
  await new Promise((resolve) => setTimeout(resolve, 20));
  actor.send({ type: "modem.told", password: SECRET });
  await last;
  inspector.close();
  await new Promise((resolve) => server.close(resolve));
  actor.stop();
  const told = heard.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told[0]).toMatchObject({ type: "@xstate.actor", name: "modem" });
  expect(String(told[0]?.definition)).toContain('"locked"');
  const values = told.map(({ snapshot }) => (snapshot as { value?: unknown } | undefined)?.value);
  expect(values).toContain("locked");
  expect(values).toContain("ready");
  expect(heard.join("\n")).toContain('"apn":"internet"');
  // The definition is the machine's author's, and here the author has written the secret into it.
  const shown = told.map(({ definition: _, ...rest }) => JSON.stringify(rest)).join("\n");
  expect(shown).toContain("AT+CPIN=•••");
  expect(shown).not.toContain(SECRET);
});

it("while nobody listens the machines go on, and nothing is left of it after its end", async () => {
  const inspector = statelyInspector("ws://127.0.0.1:9", maskCommands);
  const actor = createActor(modem, { inspect: (event) => inspector.inspect(event) }).start();
  for (let n = 0; n < 1_000; n += 1) actor.send({ type: "modem.told", password: SECRET });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(actor.getSnapshot().value).toBe("ready");
  inspector.close();
  actor.stop();
});
