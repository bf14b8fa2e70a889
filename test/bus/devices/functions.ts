import type { DeviceServer } from "../usbip/device-server.ts";
import { InEndpoint } from "../usbip/in-endpoint.ts";
import { type EndpointDescription, type Identity, type InterfaceDescription, interfaceNumber } from "./description.ts";
import { idleKeyboard } from "./hid-keyboard.ts";
import type { HubPorts } from "./hub/hub-ports.ts";
import type { Modem } from "./serial/modem.ts";
import { SerialFunction } from "./serial/serial-function.ts";
import { silentSerial } from "./serial/silent-serial.ts";
import type { LogicalUnit } from "./storage/scsi.ts";
import { type StorageEvents, StorageFunction } from "./storage/storage-function.ts";
import type { Pipes, UsbFunction } from "./usb-function.ts";

/** What stands behind an identity's interfaces. */
export interface Insides {
  /** The modem that the serial roles share; null where there are none. */
  readonly modem: Modem | null;
  /** The ports of a hub; null for what is none. */
  readonly hub: HubPorts | null;
  readonly units: readonly LogicalUnit[];
  readonly storageEvents: StorageEvents;
}

/** The behaviours of one attached identity, by interface number and by OUT endpoint number. */
export interface FunctionTable {
  readonly byInterface: ReadonlyMap<number, UsbFunction>;
  readonly byOutEndpoint: ReadonlyMap<number, UsbFunction>;
}

/** Puts a behaviour behind each interface. The two interfaces of a CDC-ACM function share one. */
export function createFunctions(
  identity: Pick<Identity, "interfaces">,
  server: DeviceServer,
  insides: Insides,
): FunctionTable {
  const byInterface = new Map<number, UsbFunction>();
  const byOutEndpoint = new Map<number, UsbFunction>();
  for (const [position, { role, endpoints }] of identity.interfaces.entries()) {
    if (role === "cdc control") continue;
    const before = identity.interfaces[position - 1];
    const control = before?.role === "cdc control" ? before : null;
    const number = interfaceNumber(identity, control === null ? position : position - 1);

    const made = createFunction(role, number, pipesOf([...(control?.endpoints ?? []), ...endpoints], server), insides);
    byInterface.set(interfaceNumber(identity, position), made);
    byInterface.set(number, made);
    for (const { address } of endpoints) if (address < 0x80) byOutEndpoint.set(address, made);
  }
  return { byInterface, byOutEndpoint };
}

function pipesOf(endpoints: readonly EndpointDescription[], server: DeviceServer): Pipes {
  const find = (type: EndpointDescription["type"]): InEndpoint => {
    const found = endpoints.find((one) => one.type === type && one.address >= 0x80);
    // Where there is none, what is sent into it is lost.
    return found === undefined ? new InEndpoint(() => {}) : server.inEndpoint(found.address & 0x0f);
  };
  return { bulkIn: find("bulk"), interruptIn: find("interrupt") };
}

function createFunction(
  role: InterfaceDescription["role"],
  number: number,
  pipes: Pipes,
  insides: Insides,
): UsbFunction {
  const serial = (dials: boolean, announces: boolean): UsbFunction => {
    if (insides.modem === null) throw new Error(`interface ${number} is a modem's port, but there is no modem`);
    return new SerialFunction(pipes, insides.modem, { dials, announces, number });
  };
  switch (role) {
    case "mass-storage":
      return new StorageFunction(pipes.bulkIn, insides.units, insides.storageEvents);
    case "serial AT":
      return serial(false, true);
    case "serial data":
      return serial(true, false);
    case "serial AT and data":
      return serial(true, true);
    case "serial silent":
      return silentSerial;
    case "radio":
      return {};
    case "hid keyboard":
      return idleKeyboard;
    case "messages":
      return {
        out: (data) => {
          insides.storageEvents.isMessage(data);
          return undefined;
        },
      };
    case "hub": {
      const { hub } = insides;
      if (hub === null) throw new Error(`interface ${number} is a hub's, but there are no ports`);
      hub.report = (bitmap) => pipes.interruptIn.send(bitmap);
      return { control: (setup) => hub.control(setup) };
    }
    case "cdc control":
      throw new Error("a CDC control interface shares the function of the data interface after it");
  }
}
