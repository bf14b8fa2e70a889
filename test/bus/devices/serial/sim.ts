import type { SimParams } from "./modem-params.ts";

/** Codes of +CME ERROR (3GPP TS 27.007, 9.2.1); 262 is what Quectel, SIMCom and Telit say of a blocked SIM. */
export const CME = {
  notAllowed: 3,
  notInserted: 10,
  pinRequired: 11,
  pukRequired: 12,
  busy: 14,
  incorrectPassword: 16,
  networkLock: 40,
  unknown: 100,
  blocked: 262,
} as const;

const CME_TEXT: Readonly<Record<number, string>> = {
  [CME.notAllowed]: "operation not allowed",
  [CME.notInserted]: "SIM not inserted",
  [CME.pinRequired]: "SIM PIN required",
  [CME.pukRequired]: "SIM PUK required",
  [CME.busy]: "SIM busy",
  [CME.incorrectPassword]: "incorrect password",
  [CME.networkLock]: "network personalization PIN required",
  [CME.unknown]: "unknown",
  [CME.blocked]: "SIM blocked",
};

/** The text of an error as `AT+CMEE=2` asks for it. */
export function cmeText(code: number): string {
  return CME_TEXT[code] ?? "unknown";
}

const MOST_ATTEMPTS = 3;

type State = "absent" | "ready" | "pin" | "puk" | "blocked" | "wrong";

const OBSTACLES: Readonly<Record<State, number | null>> = {
  absent: CME.notInserted,
  ready: null,
  pin: CME.pinRequired,
  puk: CME.pukRequired,
  blocked: CME.blocked,
  wrong: CME.networkLock,
};

/** A SIM card, or none. It outlives its modem's restart: it is then locked again, and the attempts stay used up. */
export class Sim {
  readonly #pin: string;
  #state: State;
  #attempts: number;
  /** Until it can be asked anything. */
  isStarting = false;

  constructor(params: SimParams) {
    this.#pin = typeof params === "string" ? "" : params.pin;
    this.#attempts = typeof params === "string" ? MOST_ATTEMPTS : params.attempts;
    this.#state = typeof params === "string" ? params : "pin";
    this.powerUp();
  }

  /** Its modem has started anew. */
  powerUp(): void {
    if (this.#pin !== "") this.#state = this.#attempts > 0 ? "pin" : "puk";
  }

  get isReady(): boolean {
    return this.obstacle === null;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Why a command that needs the SIM cannot be carried out; null when it can. */
  get obstacle(): number | null {
    return this.isStarting ? CME.busy : OBSTACLES[this.#state];
  }

  /** Its number can be read while it is locked, too. */
  get isReadable(): boolean {
    return !this.isStarting && this.#state !== "absent" && this.#state !== "blocked";
  }

  /** What `+CPIN?` says (3GPP TS 27.007, 8.3); null when it is answered with an error. */
  get status(): string | null {
    if (this.isStarting) return null;
    const words = { absent: null, blocked: null, ready: "READY", pin: "SIM PIN", puk: "SIM PUK", wrong: "PH-NET PIN" };
    return words[this.#state];
  }

  /** Tries a PIN. Returns null when it was right, else the error's code; each wrong one costs an attempt. */
  enterPin(pin: string): number | null {
    if (this.isStarting || this.#state !== "pin") return this.obstacle ?? CME.notAllowed;
    if (pin === this.#pin) {
      this.#state = "ready";
      this.#attempts = MOST_ATTEMPTS;
      return null;
    }
    this.#attempts--;
    if (this.#attempts === 0) this.#state = "puk";
    return CME.incorrectPassword;
  }
}
