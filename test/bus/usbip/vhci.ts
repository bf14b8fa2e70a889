import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const CONTROLLER = "/sys/devices/platform/vhci_hcd.0";
/** CONFIG_USBIP_VHCI_HC_PORTS in Debian's kernel: high-speed ports of each controller. */
export const PORTS = 15;
/** USB_SPEED_HIGH (include/uapi/linux/usb/ch9.h). */
const HIGH_SPEED = 3;
/** A port becomes free only once the kernel has taken leave of the device before. */
const ATTACH_PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 10;

/**
 * The bus number of vhci's high-speed root hub. Its ports are `<bus>-1` to `<bus>-15`.
 * @throws when vhci_hcd is not loaded.
 */
export async function highSpeedBus(): Promise<number> {
  for (const name of await readdir(CONTROLLER)) {
    const bus = /^usb(\d+)$/.exec(name)?.[1];
    if (bus !== undefined && (await readFile(`${CONTROLLER}/${name}/speed`, "utf8")).trim() === "480")
      return Number(bus);
  }
  throw new Error(`no high-speed root hub below ${CONTROLLER}: is vhci_hcd loaded?`);
}

/** Where a port is. */
export interface PortPlace {
  /** The path of the hub that it belongs to; null: the root hub. */
  readonly hub: string | null;
  /** Its number on that hub, from 1 on. */
  readonly number: number;
}

/**
 * The place of a port named by kernel port path, e.g. `1-3` on bus 1, or `1-3.2` behind a hub.
 * @throws when the path is not on the virtual bus.
 */
export function placeOf(path: string, bus: number): PortPlace {
  const [, onBus, above, port] = /^(\d+)-((?:\d+\.)*)(\d+)$/.exec(path) ?? [];
  const number = Number(port);
  if (Number(onBus) !== bus || !(number >= 1 && number <= PORTS)) {
    throw new Error(`port ${path} is not on the virtual bus: it has ${bus}-1 to ${bus}-${PORTS}`);
  }
  return { hub: above === "" ? null : `${bus}-${above?.slice(0, -1)}`, number };
}

/**
 * Plugs into a port of the root hub: gives one end of a new stream to the kernel and returns the other, on which the
 * device is to be served.
 * @throws when the port stays occupied.
 */
export async function attach(number: number, bus: number): Promise<Socket> {
  await setDeaf(number, bus, false);
  await untilLeft(number, bus);
  return connectTo(number);
}

/**
 * The same for port `number` of another hub. USB/IP knows no hubs, but vhci_hcd looks for a device's connection by the
 * number of its port and does not ask of which hub (drivers/usb/usbip/vhci_hcd.c, vhci_urb_enqueue). So the connection is
 * made at the root hub's port of that number, which is made deaf to it.
 */
export async function attachBehindHub(number: number, bus: number): Promise<Socket> {
  await setDeaf(number, bus, true);
  return connectTo(number);
}

const deaf = new Set<number>();

/**
 * A root port that does not enumerate what is attached to it. Without power it cannot reset the device, and so asks it for
 * nothing; with `early_stop` (Documentation/ABI/testing/sysfs-bus-usb) it gives up after two tries, and for good.
 */
async function setDeaf(number: number, bus: number, isDeaf: boolean): Promise<void> {
  if (deaf.has(number) === isDeaf) return;
  const port = `/sys/bus/usb/devices/${bus}-0:1.0/usb${bus}-port${number}`;
  for (const attribute of ["early_stop", "disable"]) await writeFile(`${port}/${attribute}`, isDeaf ? "1" : "0");
  if (isDeaf) deaf.add(number);
  else deaf.delete(number);
}

/**
 * Waits until the kernel has seen that the port was empty. A real hub disables a port whose device goes (USB 2.0, 11.24.2.7.1.2); vhci's
 * root hub leaves it enabled (rh_port_disconnect), so that who plugs the same model in again before the kernel has looked is taken for
 * the device before, is given no address, and is silent to all.
 */
async function untilLeft(number: number, bus: number): Promise<void> {
  const deadline = performance.now() + ATTACH_PATIENCE_MS;
  const device = `/sys/bus/usb/devices/${bus}-${number}`;
  while (await isThere(device)) {
    if (performance.now() > deadline)
      throw new Error(`the kernel does not let go of the device that was in port ${bus}-${number}`);
    await sleep(LOOK_EVERY_MS);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function connectTo(number: number): Promise<Socket> {
  const port = number - 1;
  const deadline = performance.now() + ATTACH_PATIENCE_MS;
  for (;;) {
    const { ours, kernels } = await socketPair();
    const problem = await giveToKernel(kernels, port);
    if (problem === null) return ours;
    ours.destroy();
    if (performance.now() > deadline)
      throw new Error(`vhci_hcd does not take a device on its port ${port}: ${problem}`);
    await sleep(50);
  }
}

let pairs = 0;

/** Two ends of a stream, by way of a listening socket, as Node has no socketpair(). */
async function socketPair(): Promise<{ ours: Socket; kernels: Socket }> {
  const path = `/run/virtual-bus-${process.pid}-${pairs++}.sock`;
  // Both paused, so that Node does not read the bytes that are for the kernel, or for another program that serves the device.
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, "listening");
  const ours = connect(path).pause();
  const [[kernels]] = await Promise.all([once(server, "connection"), once(ours, "connect")]);
  server.close();
  await rm(path, { force: true });
  return { ours, kernels: kernels as Socket };
}

/**
 * Writes the socket's descriptor into vhci's attach file. The kernel looks the number up in the table of the process
 * that writes, so this is done by a child that has the socket as its standard input; Node cannot name its own
 * descriptors. The text of the script is fixed. Returns null, or what went wrong.
 */
async function giveToKernel(socket: Socket, port: number): Promise<string | null> {
  const script = 'echo "$1 0 $2 $3" > "$4"/attach';
  const deviceId = 0x10000 + port + 1;
  const child = spawn("sh", ["-c", script, "attach", `${port}`, `${deviceId}`, `${HIGH_SPEED}`, CONTROLLER], {
    stdio: [socket, "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = await once(child, "close");
  socket.destroy();
  return code === 0 ? null : complaint.trim() || `sh ended with ${code}`;
}
