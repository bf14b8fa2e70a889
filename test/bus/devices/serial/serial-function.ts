import type { SetupPacket } from "../../usbip/setup-packet.ts";
import type { Pipes, UsbFunction } from "../usb-function.ts";
import { type AtCommand, parseCommandLine } from "./command-line.ts";
import { executeCommand, type Reply } from "./commands.ts";
import { acknowledgeLineRequest, SET_CONTROL_LINE_STATE } from "./line-requests.ts";
import { findOverride, misbehavedReply, streamEndlessly } from "./misbehaviour.ts";
import type { Call, Modem } from "./modem.ts";
import type { Override } from "./modem-params.ts";
import { cmeText } from "./sim.ts";

const MOST_LINE = 4096;
const MOST_BACKLOG = 64 * 1024;
/** Silence around `+++` (V.250, 6.2.9: S12's usual value). */
const GUARD_MS = 1000;
const NUMERIC_CODES: Readonly<Record<string, string>> = {
  OK: "0",
  CONNECT: "1",
  "NO CARRIER": "3",
  ERROR: "4",
  BUSY: "7",
};

/** What a port is for: whether it can be dialled on, and whether unsolicited codes come out of it. */
export interface SerialUse {
  readonly dials: boolean;
  readonly announces: boolean;
  /** The interface's number, for notifications. */
  readonly number: number;
}

/** A modem's serial port: command state and, where it can be dialled on, data state (V.250, 5.1 and 6.3). */
export class SerialFunction implements UsbFunction {
  readonly #pipes: Pipes;
  readonly #modem: Modem;
  readonly #use: SerialUse;
  #line = "";
  #echo: boolean;
  #verbose = true;
  #quiet = false;
  /** &D: what the end of DTR does; 2 hangs up. */
  #onDtrDrop = 2;
  #call: Call | null = null;
  /** With a call: its bytes flow, rather than commands (after `+++`). */
  #isData = false;
  #dialTimer: NodeJS.Timeout | undefined;
  #escapeTimer: NodeJS.Timeout | undefined;
  #lastDataAt = 0;
  #stopEndless: () => void = () => {};

  constructor(pipes: Pipes, modem: Modem, use: SerialUse) {
    this.#pipes = pipes;
    this.#modem = modem;
    this.#use = use;
    this.#echo = modem.params.echo !== "never";
    pipes.bulkIn.onDrain = () => this.#call?.setPaused(false);
    if (use.announces) modem.announce = (line) => this.#announce(line);
    if (use.dials) modem.loseCall = () => this.#loseCall();
  }

  out(data: Buffer): Promise<void> | undefined {
    if (this.#isData && this.#call !== null) return this.#passOn(this.#call, data);
    this.#takeText(data);
    return undefined;
  }

  control(setup: SetupPacket): Buffer {
    const DTR = 1;
    if (setup.request === SET_CONTROL_LINE_STATE && (setup.value & DTR) === 0) this.#dtrDropped();
    return acknowledgeLineRequest(setup);
  }

  stop(): void {
    clearTimeout(this.#dialTimer);
    clearTimeout(this.#escapeTimer);
    this.#stopEndless();
    this.#call?.hangUp();
    this.#call = null;
  }

  #passOn(call: Call, data: Buffer): Promise<void> | undefined {
    const now = performance.now();
    const wasSilent = now - this.#lastDataAt >= GUARD_MS;
    this.#lastDataAt = now;
    clearTimeout(this.#escapeTimer);
    if (wasSilent && data.length === 3 && data.toString("latin1") === "+++") {
      this.#escapeTimer = setTimeout(() => this.#escape(), GUARD_MS);
    }
    return call.write(data);
  }

  #escape(): void {
    this.#isData = false;
    this.#finish([], "OK");
  }

  #takeText(data: Buffer): void {
    const text = data.toString("latin1");
    // A PPP frame is for nobody here: its caller has not noticed yet that the call has ended.
    if ((this.#line === "" && text.startsWith("~")) || this.#modem.suffers("silent")) return;
    if (this.#echo) this.#pipes.bulkIn.send(Buffer.from(data));
    this.#line = (this.#line + text).slice(-MOST_LINE);
    for (let end = this.#line.indexOf("\r"); end !== -1; end = this.#line.indexOf("\r")) {
      const line = this.#line.slice(0, end).replaceAll("\n", "");
      this.#line = this.#line.slice(end + 1);
      this.#takeLine(line);
    }
  }

  #takeLine(line: string): void {
    const commands = parseCommandLine(line);
    // What comes while a call is being made is lost, as on the real sticks.
    if (commands === null || this.#dialTimer !== undefined) return;
    this.#modem.host.log("to modem", line);
    this.#stopEndless();
    const override = findOverride(this.#modem.params.overrides, line);
    if (override === undefined) this.#execute(commands);
    else this.#misbehave(override);
  }

  #execute(commands: readonly AtCommand[]): void {
    const lines: string[] = [];
    for (const command of commands) {
      const override = findOverride(this.#modem.params.overrides, `AT${command.raw}`);
      if (override !== undefined) {
        this.#misbehave(override);
        return;
      }
      if (command.name === "D") {
        this.#dial(command.argument);
        return;
      }
      if (command.name === "O" && this.#call !== null) {
        this.#connected();
        return;
      }
      const reply = this.#executeOwn(command) ?? executeCommand(this.#modem, command);
      lines.push(...reply.lines);
      if (reply.final !== "OK") {
        this.#finish(lines, reply.final);
        return;
      }
    }
    this.#finish(lines, "OK");
  }

  /** The commands that concern this port rather than the modem; null for others. */
  #executeOwn({ name, kind, argument }: AtCommand): Reply | null {
    const isOn = argument !== "" && argument !== "0";
    if (name === "E") this.#echo = isOn || this.#modem.params.echo === "always";
    else if (name === "V") this.#verbose = isOn;
    else if (name === "Q") this.#quiet = isOn;
    else if (name === "&D") this.#onDtrDrop = Number(argument);
    else if (name === "H") this.#hangUp();
    else if (name === "Z" && kind === "execute") this.#reset();
    else return null;
    return { lines: [], final: "OK" };
  }

  #reset(): void {
    this.#echo = this.#modem.params.echo !== "never";
    this.#verbose = true;
    this.#quiet = false;
    this.#onDtrDrop = 2;
    this.#hangUp();
  }

  #dial(number: string): void {
    if (!this.#use.dials) {
      this.#finish([], "ERROR");
      return;
    }
    const contextId = /^[TP]?\*99(?:\*\*\*(\d+))?#$/i.exec(number);
    const { params } = this.#modem;
    this.#dialTimer = setTimeout(() => {
      this.#dialTimer = undefined;
      if (params.refuseDial !== null) this.#sayFinal(params.refuseDial);
      else if (contextId !== null && this.#accepts(Number(contextId[1] ?? 1))) this.#connect();
      else this.#sayFinal("NO CARRIER");
    }, params.dialMs);
  }

  #accepts(contextId: number): boolean {
    const { apns } = this.#modem.params;
    if (!this.#modem.isRegistered || this.#modem.suffers("no carrier")) return false;
    return apns === null || apns.includes(this.#modem.contexts.get(contextId) ?? "");
  }

  #connect(): void {
    this.#call = this.#modem.network.call(this.#modem.params, {
      data: (bytes) => this.#receive(bytes),
      ended: () => this.#ended(),
    });
    this.#connected();
    this.#notifyCarrier(true);
  }

  #connected(): void {
    const { connectSpeed } = this.#modem.params;
    this.#sayFinal(connectSpeed === "" ? "CONNECT" : `CONNECT ${connectSpeed}`);
    this.#line = "";
    this.#isData = true;
  }

  #receive(bytes: Buffer): void {
    // In online command state the network's bytes are lost; PPP repeats what matters.
    if (!this.#isData) return;
    this.#pipes.bulkIn.send(bytes);
    if (this.#pipes.bulkIn.queuedBytes > MOST_BACKLOG) this.#call?.setPaused(true);
  }

  #ended(): void {
    this.#call = null;
    this.#isData = false;
    this.#sayFinal("NO CARRIER");
    this.#notifyCarrier(false);
  }

  /** The call ends by the modem's own doing. */
  #loseCall(): void {
    if (this.#call === null) return;
    this.#call.hangUp();
    this.#ended();
  }

  #hangUp(): void {
    clearTimeout(this.#dialTimer);
    this.#dialTimer = undefined;
    if (this.#call === null) return;
    this.#call.hangUp();
    this.#call = null;
    this.#isData = false;
    this.#notifyCarrier(false);
  }

  #dtrDropped(): void {
    if (this.#onDtrDrop === 0) return;
    this.#hangUp();
    this.#stopEndless();
    this.#line = "";
    // The program that would have read it has closed the port.
    this.#pipes.bulkIn.discard();
  }

  #misbehave(override: Override): void {
    this.#modem.host.log("from modem", typeof override === "string" ? `(${override})` : "(overridden)");
    if (override === "silent") return;
    if (override === "vanish") this.#modem.host.vanish();
    else if (override === "endless") this.#stopEndless = streamEndlessly(this.#pipes.bulkIn);
    else this.#pipes.bulkIn.send(misbehavedReply(override));
  }

  #finish(lines: readonly string[], final: Reply["final"]): void {
    for (const line of lines) this.#say(line);
    if (typeof final === "string") {
      this.#sayFinal(final);
      return;
    }
    const { errorDetail } = this.#modem;
    if (errorDetail === 0) this.#sayFinal("ERROR");
    else this.#sayFinal(`+CME ERROR: ${errorDetail === 1 ? final.cme : cmeText(final.cme)}`);
  }

  #sayFinal(code: string): void {
    if (this.#quiet) return;
    if (this.#verbose) this.#say(code);
    else this.#send(`${NUMERIC_CODES[code] ?? code}\r`);
  }

  #announce(line: string): void {
    if (!this.#isData && !this.#modem.suffers("silent")) this.#say(line);
  }

  /** Information text as V.250, 5.7.1 frames it. */
  #say(text: string): void {
    this.#send(this.#verbose ? `\r\n${text}\r\n` : `${text}\r\n`);
  }

  #send(text: string): void {
    this.#modem.host.log("from modem", text.trim());
    this.#pipes.bulkIn.send(Buffer.from(text, "utf8"));
  }

  /** SERIAL_STATE (USB CDC PSTN 1.2, 6.5.4): DCD is bit 0, DSR bit 1. */
  #notifyCarrier(isUp: boolean): void {
    this.#pipes.interruptIn.send(Buffer.from([0xa1, 0x20, 0, 0, this.#use.number, 0, 2, 0, isUp ? 3 : 2, 0]));
  }
}
