import { DEFAULT_MODEM, type ModemParams } from "./modem-params.ts";
import { Sim } from "./sim.ts";

/** <stat> of +CREG (3GPP TS 27.007, 7.2). */
const REGISTRATION = { idle: 0, home: 1, searching: 2, denied: 3, roaming: 5 } as const;
export type Registration = keyof typeof REGISTRATION;

/** <AcT> (3GPP TS 27.007, 7.2 and 7.3). */
const ACCESS_TECHNOLOGY = { GSM: 0, EDGE: 3, UMTS: 2, HSDPA: 4, HSPA: 6, LTE: 7 } as const;

/** The commands whose <n> asks for unsolicited registration news. */
export const REGISTRATION_COMMANDS = ["+CREG", "+CGREG", "+CEREG"] as const;
export type RegistrationCommand = (typeof REGISTRATION_COMMANDS)[number];

/** Where the modem's data goes when it has dialled. */
export interface Call {
  /** Bytes from the computer. A promise asks for patience until it resolves. */
  write(data: Buffer): Promise<void> | undefined;
  /** Stops or starts the flow of bytes to the computer. */
  setPaused(paused: boolean): void;
  hangUp(): void;
}

export interface CallEvents {
  data(bytes: Buffer): void;
  /** The network's end of the call has ended, for whatever reason but `hangUp`. */
  ended(): void;
}

/** The network that a modem dials into. */
export interface Network {
  /** Makes the next call quick, where there is something to be made ready. */
  prepare(params: ModemParams): void;
  call(params: ModemParams, events: CallEvents): Call;
  /** The modem is gone; what was made ready is not needed. */
  release(): void;
}

/** What the modem asks of the device that it is part of. */
export interface ModemHost {
  /** Leave the bus at once. */
  vanish(): void;
  /** Leave the bus and come back as the same, as `AT+CFUN=1,1` demands. */
  reset(): void;
  /** A line for the transcript. */
  log(kind: "to modem" | "from modem", text: string): void;
}

/** What all ports of a modem share: SIM, radio, registration, contexts. */
export class Modem {
  params: ModemParams;
  sim: Sim;
  registration: Registration = "idle";
  /** +CFUN: 0 and 4 are off, 1 is on. */
  functionality = 1;
  /** +CMEE: 0 says ERROR only, 1 a number, 2 a text. */
  errorDetail = 0;
  /** +COPS: how the operator is written; 0 is its long name, 2 its number. */
  operatorFormat = 0;
  readonly registrationNews = new Map<RegistrationCommand, number>();
  readonly contexts = new Map<number, string>();
  readonly network: Network;
  readonly host: ModemHost;
  /** Set by the port that unsolicited codes go to. */
  announce: (line: string) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(params: Partial<ModemParams>, network: Network, host: ModemHost) {
    this.params = { ...DEFAULT_MODEM, ...params };
    this.sim = new Sim(this.params.sim);
    this.network = network;
    this.host = host;
    network.prepare(this.params);
    this.#search();
  }

  /** Changes parameters while plugged in. A new `sim` is a SIM put in; new registration figures make it search anew. */
  set(changes: Partial<ModemParams>): void {
    this.params = { ...this.params, ...changes };
    if (changes.sim !== undefined) this.sim = new Sim(changes.sim);
    this.network.prepare(this.params);
    if (changes.sim !== undefined || changes.registration !== undefined) this.#search();
  }

  enterPin(pin: string): number | null {
    const error = this.sim.enterPin(pin);
    if (error === null) this.#search();
    return error;
  }

  setFunctionality(level: number): void {
    this.functionality = level;
    this.#search();
  }

  get isRegistered(): boolean {
    return this.registration === "home" || this.registration === "roaming";
  }

  get accessTechnology(): number {
    return ACCESS_TECHNOLOGY[this.params.technology];
  }

  /** What follows `+CREG: ` after the <n> that only a read shows. */
  registrationText(detail: number): string {
    const status = `${REGISTRATION[this.registration]}`;
    return detail === 2 && this.isRegistered ? `${status},"02A1","0012BEEF",${this.accessTechnology}` : status;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.network.release();
  }

  #search(): void {
    clearTimeout(this.#timer);
    if (this.functionality !== 1 || !this.sim.isReady) {
      this.#register("idle");
      return;
    }
    this.#register("searching");
    const { registration, registrationMs } = this.params;
    if (registration !== "none") this.#timer = setTimeout(() => this.#register(registration), registrationMs);
  }

  #register(registration: Registration): void {
    if (this.registration === registration) return;
    this.registration = registration;
    for (const [command, detail] of this.registrationNews) {
      if (detail > 0) this.announce(`${command}: ${this.registrationText(detail)}`);
    }
  }
}
