import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { ModemEffects, ModemPorts, PppStart } from "../../machines/modem/effects.ts";
import type { PortPath } from "../hotplug/types.ts";
import { runPppd } from "../ppp/run-pppd.ts";
import type { DialPlan } from "../rules/types.ts";
import { chooseBearers, rememberBearer } from "./choose-bearers.ts";
import { credentialsFor } from "./credentials.ts";
import { call, defineContext } from "./dial.ts";
import { findPorts } from "./find-ports.ts";
import { identify, sendInit } from "./identify.ts";
import { mend } from "./mend.ts";
import type { ModemEffectsOptions } from "./options.ts";
import { RegistrationWatcher } from "./registration-watcher.ts";
import { ModemSession } from "./session.ts";
import { Turns } from "./turns.ts";
import { watchSim } from "./watch-sim.ts";

/** The real effects of modems: serial ports, SIM, registration, pppd. One session per port until its release. */
export function createModemEffects(options: ModemEffectsOptions): ModemEffects {
  const sessions = new Map<PortPath, ModemSession>();
  const turns = new Turns();
  /** Ttys that would not dial. */
  const refusing = new Set<string>();

  function sessionOf(port: PortPath, ports?: ModemPorts): ModemSession {
    let session = sessions.get(port);
    if (session === undefined) {
      session = new ModemSession(port, options);
      sessions.set(port, session);
    }
    if (ports !== undefined) session.ports = ports;
    return session;
  }

  return {
    async findPorts(input, signal) {
      const session = sessionOf(input.port);
      session.ports = await findPorts(session, input, refusing, signal);
      return session.ports;
    },

    async identify({ port, ports, dial }, signal) {
      const session = sessionOf(port, ports);
      const { settings, store } = options;
      try {
        const channel = await session.channel(ports.at);
        signal.throwIfAborted();
        session.needsInit(channel);
        session.facts = await identify(channel, { port, dial, settings, store }, signal);
        return session.facts;
      } catch (error) {
        await session.close(ports.at);
        throw error;
      }
    },

    async chooseBearers({ port, facts }, signal) {
      const session = sessionOf(port);
      session.facts = facts;
      session.operatorBearers = facts.imsi === null ? [] : await options.bearersFor(facts.imsi);
      signal.throwIfAborted();
      const config = options.settings(port, facts);
      const early = credentialsFor(options.settings(port, {}), undefined, []);
      return chooseBearers(config, facts, session.operatorBearers, options.store).map((bearer) => {
        const own = credentialsFor(config, bearer, session.operatorBearers);
        return { ...bearer, ownAccount: own.username !== early.username || own.password !== early.password };
      });
    },

    settings({ port, facts }) {
      const { roaming, weight, tier } = options.settings(port, facts ?? {});
      return { roaming, rank: { weight, tier } };
    },

    watchRegistration({ port, ports }, emit) {
      const watcher = new RegistrationWatcher(sessionOf(port, ports), ports, emit);
      watcher.start();
      return () => watcher.stop();
    },

    runPppd: (start, emit) => startPppd(sessionOf(start.port), start, emit, options),

    dial: ({ port, ports, bearer, dial }, signal) =>
      untilLineFree(sessionOf(port, ports), signal, async (session, stop) => {
        const at = await session.channel(ports.at);
        const data = await session.channel(ports.data);
        stop.throwIfAborted();
        if (session.needsInit(data)) await sendInit(data, withoutReset(dial), stop);
        await defineContext(at, port, dial, bearer, stop);
        await call(data, at, port, dial, stop).catch((error) => {
          if (failureFrom(error).kind === "DialRefused") refusing.add(ports.data);
          throw error;
        });
        try {
          stop.throwIfAborted();
          session.callMade(ports.data);
          session.pppd?.go();
        } catch (error) {
          // Nobody takes the line: closing it hangs up.
          await session.close(ports.data);
          throw error;
        }
      }),

    watchSim: ({ port, ports }, emit) => watchSim(sessionOf(port, ports), ports.at, emit),

    watchLink: options.watchLink,

    takeTurn: ({ port }, signal) => turns.take(port, signal),

    endTurn: ({ port }) => turns.end(port),

    mend: (input, signal) => mend(sessionOf(input.port), options.usb, input, signal),

    rememberBearer: ({ facts, bearer }) => rememberBearer(facts, bearer, options.store),

    async release({ port }) {
      const session = sessions.get(port);
      sessions.delete(port);
      await session?.release();
    },
  };
}

/** The data port's own settings only: a reset there would take back the PDP context that was defined meanwhile. */
function withoutReset(dial: DialPlan): DialPlan {
  return { ...dial, init: dial.init.filter((command) => !/^AT(?:Z|&F)/i.test(command)) };
}

/** Runs the work with a signal that also ends it when the pppd that waits for the call is gone. */
async function untilLineFree(
  session: ModemSession,
  signal: AbortSignal,
  work: (session: ModemSession, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  if (!session.pppd?.waiting) throw new FailureError("Internal", `${session.port}: no pppd waits for this call`);
  const stop = new AbortController();
  const aborted = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", aborted, { once: true });
  const off = session.onLineFree(() =>
    stop.abort(new FailureError("LinkLost", `${session.port}: pppd ended while the call was being made`)),
  );
  try {
    await work(session, stop.signal);
  } finally {
    off();
    signal.removeEventListener("abort", aborted);
  }
}

/** pppd for the session: the data port is opened before it starts, and closed by us once it has the line. */
function startPppd(
  session: ModemSession,
  start: PppStart,
  emit: (event: ProcessEvent) => void,
  options: ModemEffectsOptions,
): ProcessHandle {
  const { port, tty, bearer } = start;
  const config = options.settings(port, session.facts ?? {});
  let resumeCommands: () => void = () => undefined;

  const pppd = runPppd(
    {
      port,
      tty,
      interface: start.interface,
      program: options.programs.pppd,
      version: options.programs.pppdVersion,
      ipv6: bearer !== undefined && bearer.pdpType !== "IP",
      authentication: config.authentication,
      ...credentialsFor(config, bearer, session.operatorBearers),
      async prepare() {
        const channel = await session.channel(tty);
        // Not on the way to the call, as it would be once the modem is registered.
        if (!session.isShared(tty) && session.needsInit(channel)) await sendInit(channel, withoutReset(start.dial));
        // pppd flushes the tty's input while it sets it up: a command under way would lose its answer.
        if (session.isShared(tty)) resumeCommands = await channel.hold();
      },
    },
    (event) => {
      if (event.type === "process.exited") {
        resumeCommands();
        void freeLine(session, tty).then(() => emit(event));
        return;
      }
      if (event.type === "process.notice" && event.name === "connector.waiting") resumeCommands();
      if (event.type === "process.notice" && event.name === "line.taken") void session.close(tty);
      emit(event);
    },
    (line) => options.pppdLog?.(port, line),
  );
  session.pppd = pppd;
  return pppd;
}

/** Closes what of the call is still open, so that the modem hangs up, before anybody is told that pppd has ended. */
async function freeLine(session: ModemSession, tty: string): Promise<void> {
  if (!session.isShared(tty) || session.carriesCall(tty)) await session.close(tty);
  session.lineFree();
}
