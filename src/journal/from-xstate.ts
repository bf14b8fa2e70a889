import type { ActorRefLike, InspectionEvent } from "xstate";
import { failureFrom, printable } from "../../machines/failure.ts";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { causeText } from "./cause-text.ts";
import { stateChange, stateText } from "./state-text.ts";
import type { Journal, JournalEntry, NewEntry } from "./types.ts";

/** Machines without a port whose life belongs in the journal. */
const OURS: ReadonlySet<string> = new Set(["agent", "uplinks", "resolver", "accessPoint", "bundle"]);
/** Machines of which there are several, and what each is called by where it belongs to no port. */
const NAMED: Readonly<Record<string, string>> = { daemon: "name", interface: "id", radio: "id" };

/** What is read of an actor, of its context and of an event: all of it may be missing. */
interface Seen {
  readonly value?: unknown;
  readonly status?: unknown;
  readonly context?: unknown;
  readonly machine?: { readonly id?: unknown };
  readonly error?: unknown;
}
interface MachineActor {
  readonly machine: string;
  readonly port: PortPath | null;
}
type EventLike = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * An `inspect` callback for the root actor that journals what happens to devices: each event that reaches one of our
 * machines (once, however often it is forwarded), each change of state with the event that caused it, and each failed
 * effect, each with the machine's state before and after. `onState` hears of each change in a port. Promises, callbacks and XState's own bookkeeping are not journalled.
 */
export function createInspector(
  journal: Journal,
  onState?: (port: PortPath, state: string) => void,
): (inspection: InspectionEvent) => void {
  const states = new WeakMap<object, unknown>();
  const told = new WeakSet<object>();

  const ofEvent = (ref: ActorRefLike, actor: MachineActor, event: EventLike): NewEntry | null => {
    if (told.has(event)) return null;
    const failed = failedActor(event);
    if (event.type.startsWith("xstate.") && failed === null) return null;
    told.add(event);
    const port = portIn(event) ?? (typeof event.id === "string" ? parsePortPath(event.id) : null) ?? actor.port;
    // Entries are made in the order of what happened, so this is the state in which the event found the machine.
    const found = { machine: actor.machine, before: stateText(states.get(ref)) };
    if (failed === null) {
      const { type, ...data } = event;
      return { port, topic: topicOf(type), text: type, data: { ...data, ...found } };
    }
    const failure = failureFrom(event.error);
    const text = `${actor.machine}: ${failed} failed: ${failure.kind}: ${failure.message}`;
    return { port, topic: "event", text, data: { failure, ...found } };
  };

  const ofSnapshot = (ref: ActorRefLike, actor: MachineActor, snapshot: Seen, event: EventLike): NewEntry | null => {
    const first = !states.has(ref);
    const now = snapshot.status === "error" ? "crashed" : snapshot.value;
    const change = stateChange(states.get(ref), now);
    if (change === null) return null;
    const before = stateText(states.get(ref));
    states.set(ref, now);
    if (actor.port !== null) onState?.(actor.port, `${actor.machine} ${stateText(now)}`);
    const { from, to } = change;
    return {
      port: actor.port,
      topic: "transition",
      text: `${actor.machine}: ${first || from === "" ? "" : `${from} `}→ ${to === "" ? "(left)" : to}`,
      data: {
        machine: actor.machine,
        from: first ? null : from,
        to,
        before,
        state: stateText(now),
        cause: causeText(event.type),
        ...(failureOf(event, snapshot) ?? {}),
      },
    };
  };

  return (inspection) => {
    if (inspection.type !== "@xstate.event" && inspection.type !== "@xstate.snapshot") return;
    // Snapshots never change, so they can be read later.
    journal.write(() => {
      const ref = inspection.actorRef;
      const snapshot = (inspection.type === "@xstate.snapshot" ? inspection.snapshot : ref.getSnapshot()) as
        | Seen
        | undefined;
      const actor = machineActor(ref, snapshot);
      if (actor === null) return null;
      return inspection.type === "@xstate.event"
        ? ofEvent(ref, actor, inspection.event)
        : ofSnapshot(ref, actor, snapshot as Seen, inspection.event);
    });
  };
}

/** The actor as one of our machines, or null: promises and callbacks have no state value. */
function machineActor(ref: ActorRefLike, snapshot: Seen | undefined): MachineActor | null {
  if (snapshot === undefined || snapshot === null || snapshot.value === undefined) return null;
  const machine = typeof snapshot.machine?.id === "string" ? snapshot.machine.id : "machine";
  const port = portIn(snapshot.context) ?? portOfParents(ref);
  const key = NAMED[machine];
  if (port === null && key !== undefined) return { machine: `${machine} ${nameIn(snapshot.context, key)}`, port: null };
  return port !== null || OURS.has(machine) ? { machine, port } : null;
}

/** A helper machine without a port (a daemon) belongs to the port of who started it. */
function portOfParents(ref: ActorRefLike): PortPath | null {
  let parent = (ref as { _parent?: ActorRefLike & { _parent?: unknown } })._parent;
  while (parent !== undefined) {
    const port = portIn((parent.getSnapshot() as Seen | undefined)?.context);
    if (port !== null) return port;
    parent = parent._parent as typeof parent;
  }
  return null;
}

function nameIn(context: unknown, key: string): string {
  return printable(String((context as Record<string, unknown> | null)?.[key]), 15);
}

/** The port path that a context or an event names, by itself or by its device, tty or start. */
function portIn(value: unknown): PortPath | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  if (typeof fields.port === "string") return parsePortPath(fields.port);
  for (const name of ["device", "tty", "start", "input"]) {
    const inner = fields[name];
    const port = typeof inner === "object" && inner !== null ? (inner as { port?: unknown }).port : undefined;
    if (typeof port === "string") return parsePortPath(port);
  }
  return null;
}

/** The id of the invoked actor whose failure this event brings, or null. */
function failedActor(event: EventLike): string | null {
  return /^xstate\.error\.actor\.(.*)$/s.exec(event.type)?.[1] ?? null;
}

function failureOf(event: EventLike, snapshot: Seen): object | null {
  if (failedActor(event) !== null) return { failure: failureFrom(event.error) };
  return snapshot.status === "error" ? { failure: failureFrom(snapshot.error) } : null;
}

function topicOf(type: string): JournalEntry["topic"] {
  return type.startsWith("process.") || type.startsWith("ppp.") ? "process" : "event";
}
