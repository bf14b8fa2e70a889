import { connect } from "node:net";
import { FailureError } from "../../../machines/failure.ts";
import { CONTROL_PORT, concentratorAddressOf, gatewayAddressOf } from "./addresses.ts";
import { type Announcement, type Answer, MAX_LINE, parseAnswer, renderAnnouncement } from "./control-protocol.ts";

const TIMEOUT_MS = 8_000;
/** Of something that has to be heard. */
const ROUND_MS = 2_000;
const ROUNDS = 10;

/** Tells the concentrator, over member 1–8. Rejects with FailureError ConcentratorSilent. */
export function announce(member: number, announcement: Announcement, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: concentratorAddressOf(member),
      port: CONTROL_PORT,
      localAddress: gatewayAddressOf(member),
    });
    let text = "";
    const fail = (why: string): void => {
      socket.destroy();
      reject(new FailureError("ConcentratorSilent", `the concentrator was not reached over member ${member}: ${why}`));
    };
    const stop = (): void => fail("it is no longer wanted");
    signal.addEventListener("abort", stop, { once: true });
    socket.setTimeout(TIMEOUT_MS, () => fail("no answer within 8 s"));
    socket.once("error", (error) => fail(error.message));
    socket.once("connect", () => socket.write(renderAnnouncement(announcement)));
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_LINE) fail("it said too much");
    });
    socket.once("end", () => {
      const answer = parseAnswer(text.trimEnd());
      if (answer === null) fail("its answer was not understood");
      else resolve(answer);
      socket.destroy();
    });
    socket.once("close", () => {
      signal.removeEventListener("abort", stop);
      reject(new FailureError("ConcentratorSilent", "the connection was closed"));
    });
    if (signal.aborted) stop();
  });
}

/**
 * Tells the concentrator over each of `members()` at once, and again and again, until it has heard it over one: of links that go
 * together each still seems well when the first is known to be gone. Never rejects; gives up after 20 s, when LCP's echo has told it too.
 */
export async function insist(
  members: () => readonly number[],
  announcement: Announcement,
  signal: AbortSignal,
  tell = announce,
): Promise<void> {
  for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const isOver = new Promise<boolean>((resolve) => {
      setTimeout(resolve, ROUND_MS, false).unref();
      either.addEventListener("abort", () => resolve(true), { once: true });
    });
    const heard = Promise.any(members().map((member) => tell(member, announcement, either))).then(
      () => true,
      () => isOver,
    );
    const isHeard = await Promise.race([heard, isOver]);
    over.abort();
    if (isHeard) return;
  }
}
