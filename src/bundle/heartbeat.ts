import { connect, type Socket } from "node:net";
import type { HealthEvent } from "../../machines/bundle/effects.ts";
import { failure } from "../../machines/failure.ts";

/** Between two questions while the bundle is used. */
const BUSY_MS = 1_000;
/** The same while it idles, as each costs 250 bytes of somebody's volume. */
const IDLE_MS = 10_000;
/** An answer that takes longer is none: queues of a busy mobile network take two seconds, a link that dies three. */
const PATIENCE_MS = 4_000;
/** Of the first answer, before which two handshakes have to go through the same queues. */
const FIRST_PATIENCE_MS = 8_000;
/** From one failed connection to the next. */
const AGAIN_MS = 2_000;

export interface Heartbeat {
  /** Told now and then whether somebody uses the bundle. */
  used(isUsed: boolean): void;
  end(): void;
}

/**
 * Holds one connection to an echo (RFC 862) open and sends it a word of a few bytes now and then. Tells `health.answered` at the first answer, and
 * `health.silent` when none came in time or the connection broke; then it tries on with a new one.
 */
export function startHeartbeat(
  target: { readonly address: string; readonly port: number },
  emit: (event: HealthEvent) => void,
  word: () => string = () => "\n",
): Heartbeat {
  let socket: Socket | null = null;
  let timer: NodeJS.Timeout | undefined;
  let answered: boolean | null = null;
  let over = false;
  let busy = true;

  function begin(): void {
    const opened = connect({ host: target.address, port: target.port });
    socket = opened;
    opened.setNoDelay(true);
    let isOver = false;
    let isFirst = true;
    const fail = (why: string): void => {
      if (isOver) return;
      isOver = true;
      // What comes next is another connection, whoever begins to use the bundle meanwhile.
      hurry = () => {};
      clearTimeout(timer);
      opened.destroy();
      if (over) return;
      if (answered !== false) emit({ type: "health.silent", failure: failure("ConcentratorSilent", why) });
      answered = false;
      timer = setTimeout(begin, AGAIN_MS);
    };
    const ask = (): void => {
      hurry = () => {};
      clearTimeout(timer);
      opened.write(word());
      const waitMs = isFirst ? FIRST_PATIENCE_MS : PATIENCE_MS;
      isFirst = false;
      const why = `the concentrator has not answered through the bundle for ${waitMs / 1_000} s`;
      timer = setTimeout(() => fail(why), waitMs);
    };
    opened.once("connect", ask);
    opened.on("data", () => {
      clearTimeout(timer);
      if (answered !== true) emit({ type: "health.answered" });
      answered = true;
      timer = setTimeout(ask, busy ? BUSY_MS : IDLE_MS);
      hurry = () => {
        clearTimeout(timer);
        timer = setTimeout(ask, BUSY_MS);
      };
    });
    opened.on("error", () => {});
    opened.once("close", () => fail("the connection to the concentrator broke"));
    timer = setTimeout(() => fail("no connection to the concentrator within 4 s"), PATIENCE_MS);
  }

  /** Brings the next question forward, when one is waited for. */
  let hurry = (): void => {};

  begin();
  return {
    used(isUsed) {
      if (isUsed && !busy) hurry();
      busy = isUsed;
    },
    end() {
      over = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}
