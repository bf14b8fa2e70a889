import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { PppLink, PppStart } from "../../machines/modem/effects.ts";
import { adoptPppd } from "../ppp/adopted-pppd.ts";
import { takeAddressByAdvertisement } from "../ppp/router-advertisements.ts";
import { type Pppd, runPppd } from "../ppp/run-pppd.ts";
import { startTimeOf } from "../ppp/stray-pppd.ts";
import { credentialsFor } from "./credentials.ts";
import { sendInit, withoutReset } from "./identify.ts";
import type { ModemEffectsOptions } from "./options.ts";
import type { ModemSession } from "./session.ts";

/**
 * pppd for the session: the data port is opened before it starts, and closed by us once it has the line; or the pppd of
 * an earlier agent, which has it. While its link is up, there is a record of it for the next agent.
 */
export function sessionPppd(
  session: ModemSession,
  start: PppStart,
  emit: (event: ProcessEvent) => void,
  options: ModemEffectsOptions,
): Pppd {
  const { port, tty, bearer } = start;
  const config = options.settings(port, session.facts ?? {});
  const { records } = options.adoption;
  const ipv6 = bearer !== undefined && bearer.pdpType !== "IP";
  let pid = 0;
  let noted: Promise<void> = Promise.resolve();
  let resumeCommands: () => void = () => undefined;

  const note = (work: () => Promise<void>): void => {
    noted = noted
      .then(work)
      .catch((error) => options.notice(port, `the record of its link cannot be kept: ${failureFrom(error).message}`));
  };
  const relay = (event: ProcessEvent): void => {
    switch (event.type) {
      case "process.started":
        pid = event.pid;
        break;
      case "process.notice":
        if (event.name === "connector.waiting") resumeCommands();
        if (event.name === "line.taken") {
          void session.close(tty);
          if (ipv6) void takeAddressByAdvertisement(start.interface);
        }
        break;
      case "process.ready":
        note(() => recordLink(session, pid, { peer: null, ...event.detail } as unknown as PppLink, options));
        break;
      case "process.exited":
        resumeCommands();
        note(() => records.remove(port));
        void Promise.all([freeLine(session, tty), noted]).then(() => emit(event));
        return;
    }
    emit(event);
  };

  const { adopted } = session;
  session.adopted = null;
  session.pppd =
    adopted !== null
      ? adoptPppd(adopted, relay)
      : runPppd(
          {
            port,
            tty,
            interface: start.interface,
            program: options.programs.pppd,
            version: options.programs.pppdVersion,
            ipv6,
            authentication: config.authentication,
            ...credentialsFor(config, bearer, session.operatorBearers),
            async prepare() {
              const channel = await session.channel(tty);
              // Not on the way to the call, as it would be once the modem is registered.
              if (!session.isShared(tty) && session.needsInit(channel))
                await sendInit(channel, withoutReset(start.dial));
              // pppd flushes the tty's input while it sets it up: a command under way would lose its answer.
              if (session.isShared(tty)) resumeCommands = await channel.hold();
            },
          },
          relay,
          (line) => options.pppdLog?.(port, line),
        );
  return session.pppd;
}

async function recordLink(
  { port, ports, facts, apn }: ModemSession,
  pid: number,
  link: PppLink,
  { adoption: { records } }: ModemEffectsOptions,
): Promise<void> {
  const startTime = await startTimeOf(pid);
  if (startTime === null) return;
  if (ports === null || facts === null) throw new FailureError("Internal", `${port} is up and was never identified`);
  await records.write({ port, pid, startTime, link, ports, facts, apn });
}

/** Closes what of the call is still open, so that the modem hangs up, before anybody is told that pppd has ended. */
async function freeLine(session: ModemSession, tty: string): Promise<void> {
  if (!session.isShared(tty) || session.carriesCall(tty)) await session.close(tty);
  session.lineFree();
}
