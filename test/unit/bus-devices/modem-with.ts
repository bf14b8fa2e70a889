import { vi } from "vitest";
import { type CallEvents, Modem } from "../../bus/devices/serial/modem.ts";
import type { ModemParams } from "../../bus/devices/serial/modem-params.ts";
import { SerialFunction } from "../../bus/devices/serial/serial-function.ts";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";

/** A modem with one port that both answers and dials, and a network whose calls the test holds. */
export function modemWith(params: Partial<ModemParams> = {}) {
  let heard = "";
  const lineStates: number[] = [];
  const bulkIn = new InEndpoint((seqnum, data) => {
    heard += data.toString("latin1");
    bulkIn.request(seqnum + 1, 4096);
  });
  const interruptIn = new InEndpoint((seqnum, data) => {
    lineStates.push(data.readUInt8(8));
    interruptIn.request(seqnum + 1, 16);
  });
  bulkIn.request(1, 4096);
  interruptIn.request(1, 16);

  const call = { write: vi.fn(), setPaused: vi.fn(), hangUp: vi.fn() };
  let events: CallEvents | undefined;
  const network = {
    prepare: vi.fn(),
    release: vi.fn(),
    call: (_params: ModemParams, itsEvents: CallEvents) => {
      events = itsEvents;
      return call;
    },
  };
  const host = { vanish: vi.fn(), reset: vi.fn(), treat: vi.fn(), log: () => {} };
  const modem = new Modem(params, network, host);
  const port = new SerialFunction({ bulkIn, interruptIn }, modem, { dials: true, announces: true, number: 3 });

  /** Sends a line and returns what comes back, framing made visible. */
  const say = (line: string, waitMs = 0): string => {
    heard = "";
    void port.out(Buffer.from(`${line}\r`, "latin1"));
    vi.advanceTimersByTime(waitMs);
    return heard.replaceAll("\r\n", "|").replaceAll("\r", "^");
  };
  const take = (): string => {
    const text = heard;
    heard = "";
    return text;
  };
  return { modem, port, say, take, call, host, network, lineStates, events: () => events as CallEvents };
}
