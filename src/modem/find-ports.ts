import { FailureError, type FailureKind, failureFrom } from "../../machines/failure.ts";
import type { ModemPorts } from "../../machines/modem/effects.ts";
import type { AtChannel } from "../at/at-channel.ts";
import type { PortPath, Tty } from "../hotplug/types.ts";
import type { PortScheme } from "../rules/types.ts";
import type { ModemSession } from "./session.ts";
import { greet } from "./tolerant.ts";

/** Drivers whose ttys are a modem's, so that a bare AT cannot harm what is behind them. */
const MODEM_DRIVERS = new Set([
  "option",
  "option1",
  "qcserial",
  "sierra",
  "cdc_acm",
  "usb_wwan",
  "usbserial_generic",
  "hso",
]);
const PROBE_MS = 5_000;
/** When one port has answered, how long the others may still take to show that they are better for data. */
const OTHERS_MS = 500;

export interface FindPortsInput {
  readonly port: PortPath;
  readonly ttys: readonly Tty[];
  readonly scheme: PortScheme;
}

/**
 * See ModemEffects.findPorts. `refusing` holds the ttys that answered commands but would not dial: where it has to be
 * guessed which port is for data, another is taken; and when all have refused, it is emptied.
 */
export async function findPorts(
  session: ModemSession,
  input: FindPortsInput,
  refusing: Set<string>,
  signal: AbortSignal,
): Promise<ModemPorts> {
  const { port, scheme } = input;
  const ttys = input.ttys.filter((tty) => tty.port === port);
  const pathOf = (number: number | null): string | null => ttys.find((tty) => tty.interface === number)?.path ?? null;
  const at = pathOf(scheme.at);
  const data = pathOf(scheme.data);
  for (const [number, path] of [
    [scheme.at, at],
    [scheme.data, data],
  ] as const) {
    // Another port that answers would be a worse guess than to wait for the one that the rule knows.
    if (number !== null && path === null)
      throw new FailureError("PortsMissing", `${port}: the tty of interface ${number} has not appeared`);
  }
  if (at !== null && data !== null) return { at, data };
  // A rule that names one port only means a modem that has one.
  if (at !== null && scheme.data === null && ttys.length === 1) return { at, data: at };

  const probed = candidates(ttys, scheme);
  if (probed.length === 0) {
    const seen = ttys.map((tty) => `if${tty.interface} (${tty.driver})`).join(", ");
    throw new FailureError("PortsMissing", `${port}: no tty to talk to${seen === "" ? "" : ` among ${seen}`}`);
  }
  return chooseFrom(session, probed, { at, data }, refusing, signal);
}

/** Those worth probing, likeliest first. */
function candidates(ttys: readonly Tty[], scheme: PortScheme): readonly string[] {
  if (scheme.candidates.length > 0) {
    const named = scheme.candidates.flatMap((number) => ttys.filter((tty) => tty.interface === number));
    return named.map((tty) => tty.path);
  }
  return ttys
    .filter((tty) => MODEM_DRIVERS.has(tty.driver))
    .sort((a, b) => a.interface - b.interface)
    .map((tty) => tty.path);
}

async function chooseFrom(
  session: ModemSession,
  paths: readonly string[],
  known: { at: string | null; data: string | null },
  refusing: Set<string>,
  signal: AbortSignal,
): Promise<ModemPorts> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener("abort", end, { once: true });
  const bound = setTimeout(end, PROBE_MS);
  const answering = new Map<string, AtChannel>();
  const failures: { path: string; kind: FailureKind; message: string }[] = [];
  let grace: NodeJS.Timeout | undefined;
  const probes = paths.map(async (path) => {
    try {
      const channel = await session.channel(path);
      await greet(channel, 2, stop.signal);
      answering.set(path, channel);
      grace ??= setTimeout(end, OTHERS_MS);
    } catch (error) {
      await session.close(path);
      if (stop.signal.aborted && error === stop.signal.reason) return;
      const { kind, message } = failureFrom(error);
      failures.push({ path, kind, message });
    }
  });
  await Promise.all(probes);
  clearTimeout(grace);
  clearTimeout(bound);
  signal.removeEventListener("abort", end);

  const usable = paths.filter((path) => answering.has(path));
  const chosen = signal.aborted ? null : choose(usable, known, refusing);
  await Promise.all(usable.filter((path) => path !== chosen?.at).map((path) => session.close(path)));
  signal.throwIfAborted();
  if (chosen === null) throw probeFailure(session.port, paths, failures);
  return chosen;
}

/** The first for commands and the next for data, unless it would not dial. */
function choose(
  usable: readonly string[],
  known: { at: string | null; data: string | null },
  refusing: Set<string>,
): ModemPorts | null {
  const first = known.at ?? usable.find((path) => path !== known.data) ?? usable[0];
  if (first === undefined) return null;
  if (usable.every((path) => refusing.has(path))) for (const path of usable) refusing.delete(path);
  const dialling = usable.filter((path) => !refusing.has(path));
  const data = known.data ?? dialling.find((path) => path !== first) ?? dialling[0] ?? first;
  return { at: known.at ?? (data === first ? usable.find((path) => path !== data) : first) ?? first, data };
}

/** The most telling of the failures: a port that says something wrong is more than one that says nothing. */
function probeFailure(
  port: PortPath,
  paths: readonly string[],
  failures: readonly { path: string; kind: FailureKind; message: string }[],
): FailureError {
  const order: readonly FailureKind[] = ["PortGarbled", "PortBusy", "PortSilent", "SystemRefused", "DeviceGone"];
  const kind = order.find((wanted) => failures.some((failure) => failure.kind === wanted)) ?? "PortSilent";
  const message = failures.find((failure) => failure.kind === kind)?.message ?? "no answer in time";
  return new FailureError(kind, `${port}: none of ${paths.join(", ")} answers AT: ${message}`, { tried: "AT" });
}
