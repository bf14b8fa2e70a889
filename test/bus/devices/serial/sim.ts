import type { SimParams } from "./modem-params.ts";

/** Codes of +CME ERROR (3GPP TS 27.007, 9.2.1). */
export const CME = {
  notAllowed: 3,
  notInserted: 10,
  pinRequired: 11,
  pukRequired: 12,
  incorrectPassword: 16,
  unknown: 100,
} as const;

const CME_TEXT: Readonly<Record<number, string>> = {
  [CME.notAllowed]: "operation not allowed",
  [CME.notInserted]: "SIM not inserted",
  [CME.pinRequired]: "SIM PIN required",
  [CME.pukRequired]: "SIM PUK required",
  [CME.incorrectPassword]: "incorrect password",
  [CME.unknown]: "unknown",
};

/** The text of an error as `AT+CMEE=2` asks for it. */
export function cmeText(code: number): string {
  return CME_TEXT[code] ?? "unknown";
}

const MOST_ATTEMPTS = 3;

/** A SIM card: absent, ready, or behind a PIN whose attempts run out. */
export class Sim {
  readonly #pin: string;
  #state: "absent" | "ready" | "pin" | "puk";
  #attempts: number;

  constructor(params: SimParams) {
    this.#pin = typeof params === "string" ? "" : params.pin;
    this.#attempts = typeof params === "string" ? MOST_ATTEMPTS : params.attempts;
    this.#state = typeof params === "string" ? params : this.#attempts > 0 ? "pin" : "puk";
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Why a command that needs the SIM cannot be carried out; null when it can. */
  get obstacle(): number | null {
    return { absent: CME.notInserted, ready: null, pin: CME.pinRequired, puk: CME.pukRequired }[this.#state];
  }

  /** What `+CPIN?` says; null when there is no SIM. */
  get status(): string | null {
    return { absent: null, ready: "READY", pin: "SIM PIN", puk: "SIM PUK" }[this.#state];
  }

  /** Tries a PIN. Returns null when it was right, else the error's code; each wrong one costs an attempt. */
  enterPin(pin: string): number | null {
    if (this.#state !== "pin") return this.obstacle ?? CME.notAllowed;
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
