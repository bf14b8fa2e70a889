import { DEFAULT_MODEM, type ModemParams, type Remedy } from "./modem-params.ts";
import { Sim } from "./sim.ts";

/** <stat> of +CREG (3GPP TS 27.007, 7.2). */
const REGISTRATION = { idle: 0, home: 1, searching: 2, denied: 3, roaming: 5 } as const;
export type Registration = keyof typeof REGISTRATION;

/** <AcT> (3GPP TS 27.007, 7.2 and 7.3). */
const ACCESS_TECHNOLOGY = { GSM: 0, EDGE: 3, UMTS: 2, HSDPA: 4, HSPA: 6, LTE: 7 } as const;

/** The commands whose <n> asks for unsolicited registration news. */
export const REGISTRATION_COMMANDS = ["+CREG", "+CGREG", "+CEREG"] as const;
const CHATTER_MS = 100;
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
  /** Something was done that may help a modem in trouble. */
  treat(remedy: Remedy): void;
  /** A line for the transcript. */
  log(kind: "to modem" | "from modem", text: string): void;
}

/** What all ports of a modem share: SIM, radio, registration, contexts. */
export class Modem {
  params: ModemParams;
  sim: Sim;
  registration: Registration = "idle";
  /** +CFUN: 0 and 4 are off, 1 is on. */
  functionality: number;
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
  /** Set by the port that dials: ends its call, if there is one. */
  loseCall: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #chatter: NodeJS.Timeout | undefined;
  #simTimer: NodeJS.Timeout | undefined;

  /** @param sim the card that was in it before it started anew. */
  constructor(params: Partial<ModemParams>, network: Network, host: ModemHost, sim?: Sim) {
    this.params = { ...DEFAULT_MODEM, ...params };
    this.sim = sim ?? new Sim(this.params.sim);
    this.functionality = this.params.functionality;
    this.network = network;
    this.host = host;
    network.prepare(this.params);
    this.sim.powerUp();
    this.#startSim();
    this.#chat();
  }

  /** Changes parameters while plugged in. A new `sim` is a SIM put in; new registration figures make it search anew. */
  set(changes: Partial<ModemParams>): void {
    this.params = { ...this.params, ...changes };
    this.network.prepare(this.params);
    if (changes.chatter !== undefined) this.#chat();
    if (changes.sim !== undefined) this.#exchangeSim(new Sim(changes.sim));
    else if (changes.registration !== undefined) this.#search();
  }

  /** Whether it shows this for want of its remedy. */
  suffers(shows: "silent" | "no carrier"): boolean {
    return this.params.ailment?.shows === shows;
  }

  enterPin(pin: string): number | null {
    const error = this.sim.enterPin(pin);
    if (error === null) this.#search();
    return error;
  }

  setFunctionality(level: number): void {
    const wasOff = this.functionality !== 1;
    this.functionality = level;
    if (level !== 1) this.loseCall();
    else if (wasOff) this.host.treat("radio");
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
    clearTimeout(this.#simTimer);
    clearInterval(this.#chatter);
    this.network.release();
  }

  #chat(): void {
    clearInterval(this.#chatter);
    const { chatter, signal } = this.params;
    if (chatter === 0) return;
    let due = 0;
    let last = performance.now();
    this.#chatter = setInterval(() => {
      const now = performance.now();
      due += ((now - last) / 1_000) * chatter;
      last = now;
      const lines = Array.from({ length: Math.floor(due) }, () => `+CSQ: ${signal},99`);
      due -= lines.length;
      // One write, as a modem with much to say fills its packets.
      if (lines.length > 0) this.announce(lines.join("\r\n"));
    }, CHATTER_MS);
  }

  #exchangeSim(sim: Sim): void {
    this.sim = sim;
    if (!sim.isReady) this.loseCall();
    this.#startSim();
    if (this.params.simNews) this.announce(`+CPIN: ${sim.status ?? "NOT INSERTED"}`);
  }

  #startSim(): void {
    const { sim, params } = this;
    clearTimeout(this.#simTimer);
    sim.isStarting = params.simStartMs > 0;
    if (sim.isStarting) {
      this.#simTimer = setTimeout(() => {
        sim.isStarting = false;
        this.#search();
      }, params.simStartMs);
    }
    this.#search();
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
