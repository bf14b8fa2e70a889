import {
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  type InspectedEventEvent,
  type InspectionEvent,
  isMachineSnapshot,
} from "xstate";
import { portActorId } from "../../../machines/agent/setup.ts";
import type { FailureKind } from "../../../machines/failure.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { PORT, World } from "../world.ts";

/** Effects that a stage leaves alone: the agent's own and the pool's. */
const NOT_GATED: ReadonlySet<string> = new Set(["prepare", "abandon", "apply", "verify", "applyLan", "restoreLan"]);

/** Every call of an effect waits here until the test says what it comes to; opened for good, none does any more. */
class Gates extends Map<string, Promise<void>> {
  readonly #waiting = new Map<string, () => void>();
  #gated = (name: string): boolean => !NOT_GATED.has(name);

  override get(name: string): Promise<void> | undefined {
    if (!this.#gated(name)) return undefined;
    return new Promise((resolve) => this.#waiting.set(name, resolve));
  }

  /** Effects that were called and have not come to anything. */
  get waiting(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Lets the last call of this effect go on; false if there is none. */
  open(name: string): boolean {
    const go = this.#waiting.get(name);
    this.#waiting.delete(name);
    go?.();
    return go !== undefined;
  }

  gateOnly(names: readonly string[]): void {
    this.#gated = (name) => names.includes(name);
  }

  openAll(): void {
    this.gateOnly([]);
    for (const name of this.waiting) this.open(name);
  }
}

/** The world of the machines' own tests, where nothing comes to anything and no time passes unless it is told to. */
export class Stage extends World {
  override readonly holds = new Gates();
  /** Errors that ended a machine's actor. */
  readonly crashes: string[] = [];
  /** Every actor there ever was here but the agent itself. */
  readonly actors = new Set<AnyActorRef>();
  /** Types of the events that actors got since the last look. */
  readonly #heard = new Set<string>();

  constructor(observe: (event: InspectionEvent) => void = () => {}) {
    super();
    this.pppdWaits = false;
    this.agent.system.inspect((event) => {
      observe(event);
      if (event.type === "@xstate.actor") this.actors.add(event.actorRef as AnyActorRef);
      if (event.type === "@xstate.event") this.#note(event);
    });
  }

  #note({ event, sourceRef }: InspectedEventEvent): void {
    this.#heard.add(event.type);
    if (!event.type.startsWith("xstate.error.actor.")) return;
    const failed = (sourceRef as AnyActorRef | undefined)?.getSnapshot();
    if (isMachineSnapshot(failed)) this.crashes.push(`${failed.machine.id}: ${event.error}`);
  }

  /** The machines that the agent here is made of. */
  get machines(): {
    readonly port: AnyStateMachine;
    readonly modem: AnyStateMachine;
    readonly daemon: AnyStateMachine;
  } {
    const part = (machine: AnyStateMachine, name: string): AnyStateMachine =>
      machine.implementations.actors[name] as AnyStateMachine;
    const port = part(this.agent.logic as AnyStateMachine, "port");
    const modem = part(port, "modem");
    return { port, modem, daemon: part(modem, "pppd") };
  }

  /** Says what an effect under way comes to: a failure, or success. False if it is not under way. */
  async outcome(effect: string, kind?: FailureKind): Promise<boolean> {
    if (kind !== undefined && this.holds.waiting.includes(effect)) this.fails.set(effect, [kind]);
    const was = this.holds.open(effect);
    await this.settle();
    return was;
  }

  /** Every effect works from now on, the modem has its ttys, and pppd asks for the call. */
  async turnGood(): Promise<void> {
    this.fails.clear();
    this.pppdLingers = false;
    this.pppdWaits = true;
    this.holds.openAll();
    await this.settle();
    for (const number of [1, 3]) await this.tty(number);
    if (this.label() !== "online") await this.tell(this.pppd, { type: "process.notice", name: "connector.waiting" });
  }

  /** Lets time pass to just after the next timer is due, late as every timer is; false if there is none. */
  async passToNextTimer(): Promise<boolean> {
    const dues = this.#timeouts.map(({ start, timeout }) => start + timeout);
    if (dues.length === 0) return false;
    await this.pass(Math.max(0, Math.min(...dues) - this.clock.now()) + 1);
    return true;
  }

  /** Lets time pass until an actor gets an event of this type, an hour at most. */
  async passUntil(type: string): Promise<void> {
    this.#heard.clear();
    const end = this.clock.now() + 3_600_000;
    while (!this.#heard.has(type) && this.clock.now() < end && (await this.passToNextTimer())) {}
  }

  async command(action: "retry" | "disable" | "enable", now = false): Promise<void> {
    this.agent.send({ type: "port.command", port: PORT, action, now });
    await this.settle();
  }

  async configure(): Promise<void> {
    this.agent.send({ type: "config.changed" });
    await this.settle();
  }

  /** One of the world's reporters tells of something, if it is listened to. */
  async tell<Told>(reporters: ReadonlyMap<PortPath, (event: Told) => void>, told: NoInfer<Told>): Promise<void> {
    reporters.get(PORT)?.(told);
    await this.settle();
  }

  async sendToPort(event: EventObject): Promise<void> {
    childrenOf(this.agent.getSnapshot() as AnyMachineSnapshot)[portActorId(PORT)]?.send(event);
    await this.settle();
  }

  callsOf(effect: string): number {
    return this.calls.filter((call) => call === `${effect} ${PORT}`).length;
  }

  /** The port has asked for its turn at recovery, and has not ended it since. */
  get holdsTurn(): boolean {
    return this.calls.findLast((call) => /^(takeTurn|endTurn) /.test(call))?.startsWith("takeTurn") ?? false;
  }

  get stopping(): boolean {
    return !this.agent.getSnapshot().matches({ alive: "running" });
  }

  get timers(): number {
    return this.#timeouts.length;
  }

  get #timeouts(): readonly { start: number; timeout: number }[] {
    // SimulatedClock keeps its timers to itself, and only they tell when something happens next.
    const { timeouts } = this.clock as unknown as { timeouts: Map<number, { start: number; timeout: number }> };
    return [...timeouts.values()];
  }

  get portState(): AnyMachineSnapshot | undefined {
    return childrenOf(this.agent.getSnapshot() as AnyMachineSnapshot)[portActorId(PORT)]?.getSnapshot();
  }

  get radioState(): AnyMachineSnapshot | undefined {
    return this.portState && childrenOf(this.portState).radio?.getSnapshot();
  }

  get modemState(): AnyMachineSnapshot | undefined {
    return this.portState && childrenOf(this.portState).modem?.getSnapshot();
  }
}

function childrenOf({ children }: AnyMachineSnapshot): Record<string, AnyActorRef | undefined> {
  return children;
}
