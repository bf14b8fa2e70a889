import type { Box } from "./box.ts";
import { CONCENTRATOR, CONCENTRATOR_ADDRESS } from "./carriers/addresses.ts";
import type { GuestProcess } from "./guest/guest-process.ts";

const PROGRAM = ["node", "/wanherd/dist/wanherd.js"] as const;
const INSIDE = ["ip", "netns", "exec", CONCENTRATOR] as const;
/** A /run of its own: pppd keeps its book of bundles there, by numbers that two computers may have alike. */
const OWN_RUN = ["sh", "-c", 'mkdir -p /tmp/run && mount --bind /tmp/run /run && exec "$@"', "sh"] as const;

/** A concentrator beyond the internet, with wanherd installed on it. */
export class Concentrator {
  readonly #box: Box;
  #process: GuestProcess | null = null;

  private constructor(box: Box) {
    this.#box = box;
  }

  /** Makes its namespace and the tunnel's user, as `wanherd concentrator setup` does where there is systemd. */
  static async install(box: Box, carriers: readonly number[]): Promise<Concentrator> {
    await box.bus.setUpConcentrator(carriers);
    await box.guest.exec(["sh", "-c", "id wanherd-tunnel || useradd --system --no-create-home wanherd-tunnel"]);
    return new Concentrator(box);
  }

  /** Resolves when it serves, with what `config` says. */
  async start(config = ""): Promise<void> {
    await this.#box.guest.writeFile("/etc/wanherd/concentrator.yaml", config);
    this.#process = await this.#box.guest.start([...INSIDE, ...OWN_RUN, ...PROGRAM, "concentrator", "up"], {
      name: "concentrator",
    });
    await this.#process.waitFor(/serves at port/, 60_000);
  }

  /** The line that a gateway takes. */
  async invite(): Promise<string> {
    const { stdout } = await this.#box.guest.exec([...INSIDE, ...PROGRAM, "concentrator", "invite"]);
    return stdout.trim();
  }

  /** Has the gateway take it, by standard input. */
  async invitesGateway(): Promise<void> {
    const line = await this.invite();
    await this.#box.guest.exec(["sh", "-c", 'echo "$1" | node /wanherd/dist/wanherd.js join', "sh", line]);
  }

  /** Ends it as systemd does. */
  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null) return;
    await running.signal("SIGTERM").catch(() => {});
    await running.waitExit(30_000).catch(() => running.stop("SIGKILL"));
  }

  /** As when its power fails, but that its kernel still answers: programs gone, and what they had open with them. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    await running?.stop("SIGKILL");
    await this.#box.guest.exec(["pkill", "-KILL", "ss-server"], { mayFail: true });
  }

  /** Runs a program in there. */
  exec(argv: readonly string[]): Promise<{ readonly stdout: string }> {
    return this.#box.guest.exec([...INSIDE, ...argv], { mayFail: true });
  }

  /** How many of mlppp's members are connected here: they are dialled, and left, seconds after they are known. */
  async dialled(): Promise<number> {
    const { stdout } = await this.exec(["ss", "-Htn", "state", "established", "sport", "=", ":7122"]);
    return stdout.split("\n").filter((line) => line !== "").length;
  }

  get address(): string {
    return CONCENTRATOR_ADDRESS;
  }
}
