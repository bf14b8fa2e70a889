import { printable } from "../../../machines/failure.ts";
import type { PortStatus, Status, UplinkStatus } from "../../inspector/types.ts";
import { radioFacts } from "../access-point-text.ts";
import { shareText } from "../balancer-text.ts";

/** Something that is not as it was. */
export interface Change {
  /** ISO 8601. */
  readonly time: string;
  /** A port, an interface, a hub, or `-`. */
  readonly place: string;
  readonly text: string;
}

/** What has changed between two looks at the agent, oldest first; `before` null: all that there is. */
export function changesBetween(before: Status | null, after: Status, now: string): Change[] {
  const changes = [
    ...portChanges(before?.ports ?? [], after.ports, now),
    ...told(facts(before), facts(after), now),
    ...told(troubles(before), troubles(after), now, "is well again"),
  ];
  return changes.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function portChanges(before: readonly PortStatus[], after: readonly PortStatus[], now: string): Change[] {
  const gone = before.filter(({ port }) => !after.some((held) => held.port === port));
  return [
    ...gone.map(({ port }) => ({ time: now, place: port, text: "empty" })),
    ...after.flatMap((held) => {
      const was = before.find(({ port }) => port === held.port);
      const isNew = was === undefined || was.name !== held.name || was.kind !== held.kind;
      return [
        ...(isNew && held.name !== ""
          ? [{ time: held.history[0]?.since ?? now, place: held.port, text: whoItIs(held) }]
          : []),
        ...stateChanges(was, held, now),
      ];
    }),
  ];
}

function whoItIs({ kind, name, usbId }: PortStatus): string {
  return `${kind} ${printable(name, 60)}${usbId === null ? "" : ` (${printable(usbId, 9)})`}`;
}

/** Each state that it went through since, as its history has it, and what is wrong with it now. */
function stateChanges(was: PortStatus | undefined, held: PortStatus, now: string): Change[] {
  const { port, history, state, since, failure } = held;
  const place = port;
  const why = failure === undefined ? "" : `: ${printable(failure.message, 500)}`;
  if (was === undefined) return [{ time: since, place, text: `${printable(state, 40)}${why}` }];
  const passed = history.filter((step) => step.since > was.since);
  const steps = passed.map((step, index) => {
    const from = passed[index - 1]?.state ?? was.state;
    const isLast = index === passed.length - 1;
    return {
      time: step.since,
      place,
      text: `${printable(from, 40)} → ${printable(step.state, 40)}${isLast ? why : ""}`,
    };
  });
  if (passed.length > 0 || failure?.kind === was.failure?.kind) return steps;
  return [{ time: now, place, text: `${printable(state, 40)}${why}` }];
}

/** What there is to tell beside the ports' states, each under a key that stays: by it a change is known from something new. */
type Facts = ReadonlyMap<string, { readonly place: string; readonly text: string }>;

function facts(status: Status | null): Facts {
  const found = new Map<string, { place: string; text: string }>();
  if (status === null) return found;
  for (const { port, modem, radio } of status.ports) {
    const network = [modem?.operator, modem?.technology].filter((part) => part != null).join(" ");
    if (network !== "") found.set(`network ${port}`, { place: port, text: `network ${printable(network, 40)}` });
    if (radio?.channel != null) found.set(`radio ${port}`, { place: port, text: radioFacts(radio).join(" · ") });
  }
  for (const uplink of status.uplinks) {
    const place = uplink.port ?? printable(uplink.interface, 15);
    found.set(`uplink ${uplink.interface}`, { place, text: linkText(uplink) });
  }
  for (const { interface: name, state, reason } of status.interfaces) {
    const why = reason === undefined ? "" : `: ${printable(reason, 500)}`;
    found.set(`interface ${name}`, { place: printable(name, 15), text: `${printable(state, 40)}${why}` });
  }
  for (const { port, interface: name, state, reason } of status.accessPoint?.radios ?? []) {
    if (port !== null || name === null) continue;
    const why = reason === undefined ? "" : `: ${printable(reason, 500)}`;
    found.set(`named radio ${name}`, { place: printable(name, 15), text: `${printable(state, 40)}${why}` });
  }
  return found;
}

function troubles(status: Status | null): Facts {
  const hubs = (status?.hubs ?? []).flatMap(({ port, note }) =>
    note === null ? [] : [[`hub ${port}`, { place: port, text: `power: ${printable(note, 800)}` }] as const],
  );
  const reason = status?.accessPoint?.reason;
  const hotspot = { place: "-", text: `access point: ${printable(reason ?? "", 800)}` };
  return new Map([...hubs, ...(reason === undefined ? [] : [["access point", hotspot] as const])]);
}

function linkText(uplink: UplinkStatus): string {
  const { interface: name, address, health } = uplink;
  return `link ${printable(name, 15)} ${printable(address, 15)}: ${health}, weight ${shareText(uplink)}`;
}

/** What is told anew or otherwise; `end` is said of what is told no more. */
function told(before: Facts, after: Facts, now: string, end = "has left"): Change[] {
  const fresh = [...after].filter(([key, { text }]) => before.get(key)?.text !== text);
  const gone = [...before].filter(([key]) => !after.has(key));
  return [
    ...gone.map(([, { place, text }]) => ({ time: now, place, text: `${text.split(":")[0]} ${end}` })),
    ...fresh.map(([, { place, text }]) => ({ time: now, place, text })),
  ];
}
