import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { ModemEffects, ModemPorts } from "../../machines/modem/effects.ts";
import type { PortPath } from "../hotplug/types.ts";
import { knownByName } from "./asking.ts";
import { chooseBearers, rememberBearer } from "./choose-bearers.ts";
import { credentialsFor } from "./credentials.ts";
import { call, defineContext } from "./dial.ts";
import { findPorts } from "./find-ports.ts";
import { identify, sendInit, withoutReset } from "./identify.ts";
import { mend } from "./mend.ts";
import type { ModemEffectsOptions } from "./options.ts";
import { RegistrationWatcher } from "./registration-watcher.ts";
import { ModemSession } from "./session.ts";
import { sessionPppd } from "./session-pppd.ts";
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

  const effects: ModemEffects = {
    async adopt({ port }, signal) {
      const record = options.adoption.waiting(port);
      if (record === null) return null;
      const { link, ports, facts, apn } = record;
      const bearers = await effects.chooseBearers({ port, facts }, signal);
      signal.throwIfAborted();
      options.adoption.take(record);
      const session = sessionOf(port, ports);
      session.adopted = record;
      session.callMade(ports.data);
      const bearerIndex = bearers.findIndex((bearer) => bearer.apn === apn);
      if (bearerIndex === -1) options.notice(port, `adopted with the APN "${apn}"; the next call uses the config's`);
      return { link, ports, facts, bearers, bearerIndex: Math.max(bearerIndex, 0) };
    },

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
      const { roaming, weight, tier, role } = options.settings(port, facts ?? {});
      return { roaming, rank: { weight, tier, role } };
    },

    watchRegistration({ port, ports }, emit) {
      const watcher = new RegistrationWatcher(sessionOf(port, ports), ports, emit);
      watcher.start();
      return () => watcher.stop();
    },

    runPppd: (start, emit) => sessionPppd(sessionOf(start.port), start, emit, options),

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
          session.apn = bearer.apn;
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
  return knownByName(effects);
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
