import type { PortStatus, Status } from "../../src/inspector/types.ts";
import { Bus } from "./bus.ts";
import type { Guest } from "./guest/guest.ts";
import type { GuestProcess } from "./guest/guest-process.ts";

const CONFIG_FILE = "/etc/wanherd/wanherd.yaml";
/** Between two looks at the agent's status: to ask costs the guest a process. */
const LOOK_MS = 400;

/** A small computer with wanherd installed on it: the guest, its bus, and one agent at a time. */
export class Box {
  readonly guest: Guest;
  readonly bus: Bus;
  #agent: GuestProcess | null = null;

  private constructor(guest: Guest, bus: Bus) {
    this.guest = guest;
    this.bus = bus;
  }

  /**
   * Sets up the bus with these carriers and a LAN, and installs our udev rules as README says. Nothing is remembered of an
   * agent that ran there before: a port that a hand enabled would stay so.
   */
  static async install(guest: Guest, carriers: readonly number[]): Promise<Box> {
    const bus = new Bus(guest);
    await guest.exec(["rm", "-rf", "/var/lib/wanherd"]);
    await guest.exec(["sh", "-c", "mkdir -p /etc/wanherd && cp /wanherd/udev/*.rules /etc/udev/rules.d/"]);
    await guest.exec(["udevadm", "control", "--reload"]);
    await bus.setup({ carriers });
    return new Box(guest, bus);
  }

  /** No config file: all defaults. */
  async unconfigure(): Promise<void> {
    await this.guest.exec(["rm", "-f", CONFIG_FILE]);
  }

  get agent(): GuestProcess {
    if (this.#agent === null) throw new Error("no agent was started");
    return this.#agent;
  }

  /** Writes the config that the agent reads at its start, and re-reads when it changes. */
  async configure(yaml: string): Promise<void> {
    await this.guest.writeFile(CONFIG_FILE, yaml);
  }

  /** Starts the agent; resolves when its machines run, or, with `wait` false, at once. */
  async start({ wait = true }: { wait?: boolean } = {}): Promise<GuestProcess> {
    this.#agent = await this.bus.startAgent();
    if (wait) await this.#agent.waitFor(/agent: preparing → alive/, 90_000);
    return this.#agent;
  }

  /** Ends the agent with SIGTERM and waits for it; nothing to do when none runs. @throws when it had to be killed after 60 s. */
  async stop(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    if (agent === null) return;
    await agent.signal("SIGTERM").catch(() => {});
    await agent.waitExit(60_000).catch(async (cause: unknown) => {
      const look =
        "for p in $(pgrep -f 'wanherd.js up'); do ls -l /proc/$p/fd; done; ps -e -o pid,ppid,args; ss -xp; ss -tunp";
      const { stdout } = await this.guest.exec(["sh", "-c", look], { mayFail: true });
      await agent.stop("SIGKILL");
      throw new Error(`the agent does not end; what it holds, and who runs:\n${stdout}`, { cause });
    });
    const late = (await agent.output()).split("\n").filter((line) => /not ended|held open at the end/.test(line));
    if (late.length > 0) throw new Error(`the agent ended with something open:\n${late.join("\n")}`);
  }

  async status(): Promise<Status> {
    return (await this.bus.status()) as Status;
  }

  async port(port: string): Promise<PortStatus | undefined> {
    return (await this.status()).ports.find((each) => each.port === port);
  }

  /** Looks at the status until it is as wanted. @throws after `timeoutMs`, with the status then. */
  async until(what: string, wanted: (status: Status) => boolean, timeoutMs = 60_000): Promise<Status> {
    const end = Date.now() + timeoutMs;
    let last: Status | null = null;
    while (Date.now() < end) {
      last = await this.status().catch(() => last);
      if (last !== null && wanted(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`not within ${timeoutMs} ms: ${what}; the status was ${JSON.stringify(last, null, 1)}`);
  }

  /** Waits until exactly these ports are online and their links in the pool. */
  untilPool(ports: readonly string[], timeoutMs = 90_000): Promise<Status> {
    return this.until(
      `the pool holds ${ports.join(", ")}`,
      ({ uplinks }) =>
        uplinks.length === ports.length &&
        ports.every((port) => uplinks.some((link) => link.port === port && link.health === "good")),
      timeoutMs,
    );
  }

  untilState(port: string, state: string, timeoutMs = 60_000): Promise<Status> {
    return this.until(
      `${port} is ${state}`,
      ({ ports }) => (ports.find((each) => each.port === port)?.state ?? "empty") === state,
      timeoutMs,
    );
  }

  /** What of the network an agent might change: to be the same after it as before it. */
  async network(): Promise<string> {
    const script = [
      "nft list ruleset",
      "ip -4 rule show",
      "ip -4 route show table all",
      "ip -6 rule show",
      "ip -brief link show",
      "ls /etc | grep resolv; readlink /etc/resolv.conf; cat /etc/resolv.conf",
      "sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter net.ipv6.conf.all.forwarding net.ipv6.conf.default.forwarding",
    ].join("; echo --; ");
    return (await this.guest.exec(["sh", "-c", script])).stdout;
  }

  /** Processes by the name of their program, e.g. `pppd`; with `argument`, only those that have it. */
  async processes(program: string, argument = ""): Promise<readonly (readonly string[])[]> {
    return (await this.guest.processes())
      .map(({ argv }) => argv)
      .filter((argv) => argv[0]?.split("/").at(-1) === program && argv.some((word) => word.includes(argument)));
  }

  /** Waits until nothing is left of these ports. @throws with what is, after 30 s: a bound against hangs, as a guest can stall. */
  async untilNothingLeft(ports: readonly string[]): Promise<void> {
    const end = Date.now() + 30_000;
    let left = await this.leftovers(ports);
    while (left !== "" && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      left = await this.leftovers(ports);
    }
    if (left !== "") throw new Error(`of ${ports.join(", ")} there is left: ${left}`);
  }

  /** What is left of ports in the kernel and in /proc: nothing, some seconds after their sticks were pulled out. */
  async leftovers(ports: readonly string[]): Promise<string> {
    const names = ports.map((port) => `wan${port.replaceAll(".", "_")}`);
    const links = names.map((name) => `-e '"${name}"'`).join(" ");
    const devices = names.map((name) => `-e 'dev ${name} '`).join(" ");
    // One look for all: eight at a time would keep a small guest from doing what is waited for.
    const script = [
      `nft list ruleset | grep -F ${links}`,
      `ip -4 route show table all | grep -F ${devices}`,
      `ls ${ports.map((port) => `/dev/wanherd/${port}`).join(" ")} 2>/dev/null`,
      `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -F 'deleted' | grep tty`,
    ].join("; ");
    const { stdout } = await this.guest.exec(["sh", "-c", script], { mayFail: true });
    const dialled = (await this.processes("pppd"))
      .map((argv) => argv.join(" "))
      .filter((line) => ports.some((port) => line.includes(`wanherd-${port}`)));
    return [stdout.trim(), ...dialled].filter((line) => line !== "").join("\n");
  }
}
