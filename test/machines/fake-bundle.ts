import type { BundleEffects, HealthEvent } from "../../machines/bundle/effects.ts";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { FailureError } from "../../machines/failure.ts";
import type { BundleMember, BundleRoute, BundleSettings, BundleStart } from "../../src/bundle/types.ts";

export const SETTINGS: BundleSettings = {
  engine: "mptcp",
  host: "concentrator.example",
  port: 7119,
  version: 1,
  lanAddress: "172.17.2.1",
};
export const PROBE: NonNullable<BundleRoute["probe"]> = {
  ...{ address: "127.119.0.1", port: 7118 },
  via: { address: "172.17.2.1", port: 7118 },
};

/** A bundle of whose world the test decides everything; `done` is what was asked for, in order. */
export class FakeBundle implements BundleEffects {
  wanted: BundleSettings | null = null;
  readonly done: string[] = [];
  /** How many times each of these is refused from now on. */
  readonly refuse = { locate: 0, follow: 0 };
  /** The engine's program says nothing and ends only by force. */
  hangs = false;
  process: (event: ProcessEvent) => void = () => {};
  health: ((event: HealthEvent) => void) | null = null;

  readonly run = (_start: BundleStart, emit: (event: ProcessEvent) => void): ProcessHandle => {
    this.done.push("run");
    this.process = emit;
    const end = (): void => void Promise.resolve().then(() => emit({ type: "process.exited", failure: null }));
    if (!this.hangs) void Promise.resolve().then(() => emit({ type: "process.ready", detail: {} }));
    return { terminate: () => (this.hangs ? undefined : end()), kill: end };
  };

  settings(): BundleSettings | null {
    return this.wanted;
  }

  async locate({ host, port }: BundleSettings) {
    this.#refuseIfDue("locate");
    this.done.push("locate");
    return { host, port, address: "198.51.100.9" };
  }

  path({ settings }: BundleStart) {
    return { kind: "proxy", address: settings.lanAddress, port: 7118 } as const;
  }

  probe() {
    return PROBE;
  }

  async follow(members: readonly BundleMember[]): Promise<void> {
    this.#refuseIfDue("follow");
    this.done.push(`follow ${members.map((member) => member.interface).join(",") || "none"}`);
  }

  watchHealth(_: BundleStart, emit: (event: HealthEvent) => void): () => void {
    this.health = emit;
    return () => {
      this.health = null;
    };
  }

  async cutLoose(): Promise<void> {
    this.done.push("cut loose");
  }

  async release(): Promise<void> {
    this.done.push("release");
  }

  #refuseIfDue(what: "locate" | "follow"): void {
    if (this.refuse[what] === 0) return;
    this.refuse[what]--;
    throw new FailureError(what === "locate" ? "ConcentratorUnknown" : "SystemRefused", `${what} was refused`);
  }
}
