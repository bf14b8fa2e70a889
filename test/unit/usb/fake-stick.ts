import { setTimeout as sleep } from "node:timers/promises";
import { decodeCommandBlock } from "../../../src/usb/bulk-only.ts";
import type { ControlSetup, NodeUsb, NodeUsbDevice } from "../../../src/usb/node-usb.ts";

interface Behaviour {
  readonly present?: boolean;
  /** Opcode, hex, at which it vanishes instead of answering. */
  readonly vanishAt?: string;
  /** How many OUT transfers are refused with a halt. */
  readonly stalls?: number;
  readonly silent?: boolean;
  /** bRequest of control requests that it stalls. */
  readonly refuses?: readonly number[];
  /** Hex of what waits to be read at the start. */
  readonly leftovers?: readonly string[];
  /** The status byte for an opcode. */
  readonly status?: (opcode: number) => number;
}

/** A stick in storage mode in port 1-1.3 with address 7, as the `usb` package would show it; `log` is all that was asked of it. */
export class FakeStick {
  readonly log: string[] = [];
  readonly usb: NodeUsb;
  #present: boolean;

  constructor(behaviour: Behaviour = {}) {
    const { log } = this;
    this.#present = behaviour.present ?? true;
    let stalls = behaviour.stalls ?? 0;
    const answers = [...(behaviour.leftovers ?? [])];
    const note = async (line: string): Promise<void> => void log.push(line);
    const storage = {
      interfaceNumber: 0,
      alternate: {
        interfaceClass: 8,
        endpoints: [
          { endpointNumber: 1, direction: "in", type: "bulk", packetSize: 512 },
          { endpointNumber: 2, direction: "out", type: "bulk", packetSize: 512 },
        ],
      },
    };
    const control = async (setup: ControlSetup, data: string): Promise<{ status: string }> => {
      const { requestType, recipient, request, value, index } = setup;
      log.push(`control ${requestType} ${recipient} ${[request, value, index].join(" ")} ${data}`.trimEnd());
      if (behaviour.refuses?.includes(request)) throw new Error("controlTransfer error: Stall");
      return { status: "ok" };
    };
    const device: NodeUsbDevice = {
      bus: "001",
      address: 7,
      ports: [1, 3],
      usbVersionMajor: 2,
      vendorId: 0x19d2,
      productId: 0x2000,
      configuration: {
        interfaces: [storage, { interfaceNumber: 1, alternate: { interfaceClass: 255, endpoints: [] } }],
      },
      open: () => note("open"),
      close: () => note("close"),
      reset: () => note("reset"),
      selectConfiguration: (value) => note(`configuration ${value}`),
      claimInterface: (number) => note(`claim ${number}`),
      releaseInterface: (number) => note(`release ${number}`),
      detachKernelDriver: (number) => note(`detach ${number}`),
      attachKernelDriver: (number) => note(`attach ${number}`),
      clearHalt: (direction, endpoint) => note(`clear ${direction} ${endpoint}`),
      controlTransferIn: (setup, length) => control(setup, `asks for ${length}`),
      controlTransferOut: (setup, data) => control(setup, Buffer.from(data).toString("hex")),
      transferOut: async (_endpoint, data) => {
        if (stalls-- > 0) {
          log.push("out stalled");
          throw new Error("transferOut error: Stall");
        }
        const command = decodeCommandBlock(data);
        const opcode = command?.command[0] ?? 0;
        const name = opcode.toString(16).padStart(2, "0");
        log.push(`out ${name}`);
        if (behaviour.vanishAt === name) this.#present = false;
        if (command !== null && !behaviour.silent) {
          if (command.dataLength > 0) answers.push("00".repeat(command.dataLength));
          const status = Buffer.alloc(13);
          status.write("USBS");
          status.writeUInt32LE(command.tag, 4);
          status.writeUInt8(behaviour.status?.(opcode) ?? 0, 12);
          answers.push(status.toString("hex"));
        }
        return { status: "ok" };
      },
      transferIn: async (_endpoint, _length, timeoutMs) => {
        if (!this.#present) throw new Error("transferIn error: Disconnected");
        log.push("in");
        const answer = answers.shift();
        if (answer === undefined) {
          await sleep(timeoutMs);
          throw new Error("transferIn error: Cancelled");
        }
        const bytes = Uint8Array.from(Buffer.from(answer, "hex"));
        return { status: "ok", data: new DataView(bytes.buffer) };
      },
    };
    const root = { ...device, ports: [], address: 7 };
    this.usb = {
      getDevices: async () => (this.#present ? [root, device] : [root]),
      addEventListener: () => {},
      removeEventListener: () => {},
    };
  }
}
