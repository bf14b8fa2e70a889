import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { READY } from "../protocol.ts";
import { recallAccelerator, rememberAccelerator } from "./accelerator.ts";
import { ConsoleLog } from "./console-log.ts";
import { Guest } from "./guest.ts";
import { buildImage, type Image } from "./image.ts";
import { ensurePrograms } from "./programs.ts";
import { projectRoot } from "./project-root.ts";
import { type Accelerator, type Init, qemuArguments } from "./qemu.ts";
import { RpcClient } from "./rpc-client.ts";

export interface BootOptions {
  /** Default `shell`: our own few lines as process 1. `systemd` takes several times as long; `devices first` waits for `letSystemdBoot`. */
  readonly init?: Init;
  /** Default 1024. */
  readonly memoryMiB?: number;
  /** A file that makeDisk() made: what the guest writes is in it, and there at the next boot. Default: all ends with the guest. */
  readonly disk?: string;
  /** What is installed in the guest; another list is another image. Default: GUEST_PACKAGES (packages.ts). */
  readonly packages?: readonly string[];
  /** Where to keep the serial console; default a file in a folder that `close()` removes. */
  readonly consoleLog?: string;
  /** Hears what takes long. */
  readonly log?: (line: string) => void;
}

export interface BootedGuest {
  readonly guest: Guest;
  /** For handing the connection on, see serve.ts. */
  readonly client: RpcClient;
}

/** Lets a guest of `devices first` go on: what is plugged in now was there before its systemd and udev. Does not wait for them. */
export async function letSystemdBoot(guest: Guest): Promise<void> {
  await guest.exec(["sh", "-c", "echo >/run/wanherd-devices-plugged"]);
}

/** The first line that the initramfs says: the accelerator works. */
const ALIVE = "wanherd-guest: initramfs reached";
/** Until that line: KVM that works needs less than two seconds; KVM that does not may hang for good. */
const ALIVE_MS: Record<Accelerator, number> = { kvm: 6_000, tcg: 120_000 };
/** From there until it answers. Generous for tcg: many emulated guests may share two cores. */
const READY_MS: Record<Accelerator, number> = { kvm: 60_000, tcg: 180_000 };

/** Boots a guest and waits until it answers; makes its image first where the cache has none. */
export async function bootGuest(options: BootOptions = {}): Promise<Guest> {
  return (await bootWithClient(options)).guest;
}

/** Like bootGuest, for the owner of a guest that others are to share. */
export async function bootWithClient(options: BootOptions = {}): Promise<BootedGuest> {
  const log = options.log ?? (() => {});
  if (!existsSync(join(projectRoot(), "dist/conductor.js"))) {
    throw new Error("dist/conductor.js is missing, which the guest runs; please run: npm run build");
  }
  await ensurePrograms(log);
  const image = await buildImage(log, options.packages);
  const known = await recallAccelerator();
  if (known !== undefined) return boot(image, known, options);
  const trial = await boot(image, "kvm", options).catch(() => undefined);
  if (!trial) log("KVM does not work here: the guest runs on an emulated processor");
  const booted = trial ?? (await boot(image, "tcg", options));
  // Only now: a guest that comes up in neither way says nothing about KVM.
  await rememberAccelerator(trial ? "kvm" : "tcg");
  return booted;
}

/**
 * On an emulated processor the kernel now and then dies (seen once in some dozens of boots) in its first two seconds, when one processor runs code
 * that the other is patching (an int3 oops in sched_clock_cpu): QEMU's doing, and nothing of ours has begun. So it is booted
 * again, and that is said.
 */
async function boot(image: Image, accelerator: Accelerator, options: BootOptions): Promise<BootedGuest> {
  for (let again = 2; ; again -= 1) {
    try {
      return await bootOnce(image, accelerator, options);
    } catch (error) {
      if (again === 0 || !(error instanceof EarlyPanic)) throw error;
      options.log?.("the guest's kernel panicked before it had begun; it is booted again");
    }
  }
}

class EarlyPanic extends Error {}

async function bootOnce(image: Image, accelerator: Accelerator, options: BootOptions): Promise<BootedGuest> {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-guest-"));
  const consoleLog = new ConsoleLog(options.consoleLog ?? join(folder, "console.log"));
  const socket = join(folder, "control");
  const server = createServer();
  let qemu: Qemu | undefined;

  const close = async () => {
    server.close();
    qemu?.kill("SIGKILL");
    await qemu?.catch(() => {});
    consoleLog.close();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    server.listen(socket);
    await once(server, "listening");
    const machine = {
      image,
      accelerator,
      init: options.init ?? "shell",
      memoryMiB: options.memoryMiB ?? 1024,
      project: projectRoot(),
      socket,
      disk: options.disk ?? null,
    };
    const running = startQemu(qemuArguments(machine), consoleLog);
    qemu = running;
    const connection = await connected(server, running, accelerator, consoleLog);
    const client = new RpcClient(connection, () => `\nThe guest's console said last:\n${consoleLog.tail()}`);
    void running.then(({ stderr }) => client.end(`QEMU ended: ${String(stderr).slice(-500)}`));
    await ready(client, READY_MS[accelerator]);
    const end = async () => {
      client.end("it was closed");
      await close();
    };
    return { guest: new Guest(client, end), client };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * setpriv asks the kernel to kill QEMU when this process ends, however it ends. (Debian 12's QEMU has
 * no option for that. The conductor, too, ends its guest when nobody holds the control port any more.)
 */
function startQemu(argv: readonly string[], consoleLog: ConsoleLog) {
  const qemu = execa("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...argv], {
    buffer: { stdout: false },
    stdin: "ignore",
    reject: false,
  });
  qemu.stdout.on("data", (chunk: Buffer) => consoleLog.add(chunk));
  return qemu;
}

type Qemu = ReturnType<typeof startQemu>;

/** Waits until QEMU has connected the control port and the guest's first line has been seen. */
async function connected(
  server: Server,
  qemu: Qemu,
  accelerator: Accelerator,
  consoleLog: ConsoleLog,
): Promise<Socket> {
  const stop = new AbortController();
  const patienceMs = ALIVE_MS[accelerator];
  const alive = Promise.all([once(server, "connection", { signal: stop.signal }), consoleLog.seen(ALIVE)]);
  try {
    return await Promise.race([
      alive.then(([[connection]]) => connection as Socket),
      qemu.then(({ stderr }) => {
        const Kind = consoleLog.tail().includes("Kernel panic") ? EarlyPanic : Error;
        throw new Kind(`QEMU (${accelerator}) ended at once: ${String(stderr).slice(-500)}\n${consoleLog.tail()}`);
      }),
      delay(patienceMs, undefined, { signal: stop.signal }).then(() => {
        throw new Error(`the guest (${accelerator}) did not begin to boot in ${patienceMs} ms:\n${consoleLog.tail()}`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}

async function ready(client: RpcClient, patienceMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => client.end(`it did not come up within ${patienceMs} ms`), patienceMs);
    client.on(READY, () => {
      clearTimeout(timer);
      resolve();
    });
    client.onEnd((error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
