import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const CONTROLLER = "/sys/devices/platform/vhci_hcd.0";
/** CONFIG_USBIP_VHCI_HC_PORTS in Debian's kernel: high-speed ports of each controller. */
export const PORTS = 15;
/** USB_SPEED_HIGH (include/uapi/linux/usb/ch9.h). */
const HIGH_SPEED = 3;
/** A port becomes free only once the kernel has taken leave of the device before. */
const ATTACH_PATIENCE_MS = 5000;

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

/**
 * vhci's number of a port named by kernel port path, e.g. 2 for `1-3` on bus 1.
 * @throws when the path is not one of the root hub's ports.
 */
export function vhciPort(path: string, bus: number): number {
  const [, onBus, port] = /^(\d+)-(\d+)$/.exec(path) ?? [];
  const number = Number(port);
  if (Number(onBus) !== bus || !(number >= 1 && number <= PORTS)) {
    throw new Error(`port ${path} is not on the virtual bus: it has ${bus}-1 to ${bus}-${PORTS}`);
  }
  return number - 1;
}

/**
 * Plugs in: gives one end of a new stream to the kernel and returns the other, on which the device is to be served.
 * @throws when the port stays occupied.
 */
export async function attach(port: number): Promise<Socket> {
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
  // Paused, so that Node does not read the bytes that are for the kernel.
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, "listening");
  const ours = connect(path);
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
