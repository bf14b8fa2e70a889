// The guest's end of the virtual bus: answers the host's requests until the host is gone, then ends, and with it the
// guest. Started by test/bus/guest/init.sh, or as a service where systemd runs.
import { deviceHandlers } from "../devices/handlers.ts";
import { encode, type Handlers, type Message, MessageReader, type Notify, READY } from "../protocol.ts";
import { ControlPort } from "./control-port.ts";
import { execHandlers } from "./exec.ts";
import { settleDevices } from "./settle-devices.ts";
import { tunnelHandlers } from "./tunnel.ts";

const port = await ControlPort.open();
const notify: Notify = (event, data) => send({ event, data });
const handlers: Handlers = { ...execHandlers(), ...tunnelHandlers(notify), ...deviceHandlers(notify) };

await settleDevices();
notify(READY, {});

const reader = new MessageReader();
for await (const chunk of port.chunks()) {
  for (const message of reader.push(chunk)) void answer(message);
}
process.exit(0);

/** Requests run side by side; each is answered when it is done. */
async function answer(message: Message): Promise<void> {
  if (!("method" in message)) return;
  const { id, method, params } = message;
  try {
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (!handler) throw new Error("the guest has no such method");
    send({ id, result: (await handler(params, notify)) ?? null });
  } catch (error) {
    send({ id, error: describe(error) });
  }
}

/** The failure's kind goes along where the error has one (machines/failure.ts). */
function describe(error: unknown): { message: string; kind?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const kind = (error as { failure?: { kind?: unknown } }).failure?.kind;
  return { message: error.message, ...(typeof kind === "string" ? { kind } : {}) };
}

function send(message: Message): void {
  port.write(encode(message)).catch((error: unknown) => {
    console.error("the control port does not take our words:", error);
    process.exit(1);
  });
}
