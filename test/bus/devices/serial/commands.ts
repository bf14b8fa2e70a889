import { type AtCommand, parameters } from "./command-line.ts";
import { type Modem, REGISTRATION_COMMANDS, type RegistrationCommand } from "./modem.ts";
import { CME } from "./sim.ts";

/** How a command ends, and what it says before. */
export interface Reply {
  readonly lines: readonly string[];
  readonly final: "OK" | "ERROR" | { readonly cme: number };
}

const OK: Reply = { lines: [], final: "OK" };
const ERROR: Reply = { lines: [], final: "ERROR" };
const say = (...lines: string[]): Reply => ({ lines, final: "OK" });
const refuse = (cme: number): Reply => ({ lines: [], final: { cme } });

type Command = (modem: Modem, command: AtCommand) => Reply;

/** Set, read and test all succeed and change nothing. */
const accept: Command = () => OK;
const identify =
  (text: (modem: Modem) => string): Command =>
  (modem, { kind }) =>
    kind === "test" ? OK : say(text(modem));
/** For what stands on the SIM. */
const fromSim =
  (text: (modem: Modem) => string): Command =>
  (modem) =>
    modem.sim.obstacle === null ? say(text(modem)) : refuse(modem.sim.obstacle);

const cardNumber =
  (name: string): Command =>
  ({ sim, params }) =>
    sim.isReadable ? say(`${name}: ${params.iccid}`) : refuse(sim.obstacle ?? CME.notInserted);

const manufacturer = identify((modem) => modem.params.manufacturer);
const model = identify((modem) => modem.params.modelName);
const revision = identify(() => "BD_1.0");
const imei = identify((modem) => modem.params.imei);

/** V.250 (basic commands), 3GPP TS 27.007 (+C…), and the vendors' own that agents ask for. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...["Z", "L", "M", "X", "S0", "S7", "&C", "&F", "&W", "&S", "&K", "+FCLASS", "+IPR", "+IFC", "+ICF"].map(
    (name): [string, Command] => [name, accept],
  ),
  [
    "I",
    (modem) =>
      say(
        `Manufacturer: ${modem.params.manufacturer}`,
        `Model: ${modem.params.modelName}`,
        `IMEI: ${modem.params.imei}`,
      ),
  ],
  ["+CGMI", manufacturer],
  ["+GMI", manufacturer],
  ["+CGMM", model],
  ["+GMM", model],
  ["+CGMR", revision],
  ["+GMR", revision],
  ["+CGSN", imei],
  ["+GSN", imei],
  ["+GCAP", identify(() => "+GCAP: +CGSM,+DS,+ES")],
  ["+CIMI", fromSim((modem) => modem.params.imsi)],
  ["+CCID", cardNumber("+CCID")],
  ["+ICCID", cardNumber("+ICCID")],
  ["+QCCID", cardNumber("+QCCID")],
  ["^ICCID", cardNumber("^ICCID")],
  ["+CPIN", pin],
  [
    "+CPINR",
    (modem) =>
      modem.sim.status === null
        ? refuse(modem.sim.obstacle ?? CME.notInserted)
        : say(`+CPINR: SIM PIN,${modem.sim.attempts},3`),
  ],
  ["^CPIN", huaweiPin],
  ...REGISTRATION_COMMANDS.map((name): [string, Command] => [
    name,
    (modem, command) => registration(name, modem, command),
  ]),
  ["+COPS", operator],
  ["+CSQ", (modem) => say(`+CSQ: ${modem.params.signal},99`)],
  ["+CGATT", (modem, { kind }) => (kind === "read" ? say(`+CGATT: ${modem.isRegistered ? 1 : 0}`) : OK)],
  ["+CGDCONT", context],
  ["+CFUN", functionality],
  ["+CMEE", errorDetail],
  ["+CPAS", () => say("+CPAS: 0")],
  ["^SYSINFO", (modem) => say(`^SYSINFO: ${modem.isRegistered ? 2 : 0},3,0,5,${modem.sim.isReady ? 1 : 255}`)],
  ["+ZPAS", (modem) => say(`+ZPAS: "${modem.isRegistered ? modem.params.technology : "No Service"}","CS_PS"`)],
]);

/** Carries out one command, but those that change the port itself (E, V, Q, D, H, O). */
export function executeCommand(modem: Modem, command: AtCommand): Reply {
  return COMMANDS.get(command.name)?.(modem, command) ?? ERROR;
}

function pin(modem: Modem, { kind, argument }: AtCommand): Reply {
  if (kind === "test") return OK;
  const { status, obstacle } = modem.sim;
  if (kind === "read") return status === null ? refuse(obstacle ?? CME.notInserted) : say(`+CPIN: ${status}`);
  const error = modem.enterPin(parameters(argument)[0] ?? "");
  return error === null ? OK : refuse(error);
}

/** `^CPIN: code,times,puk,pin,puk2,pin2` (Huawei's AT command interface specification, ^CPIN). */
function huaweiPin(modem: Modem, { kind }: AtCommand): Reply {
  const { status, attempts, obstacle } = modem.sim;
  if (kind !== "read") return ERROR;
  if (status === null) return refuse(obstacle ?? CME.notInserted);
  const times = status === "READY" ? "" : status === "SIM PIN" ? `${attempts}` : "10";
  return say(`^CPIN: ${status},${times},10,${attempts},10,3`);
}

function registration(name: RegistrationCommand, modem: Modem, { kind, argument }: AtCommand): Reply {
  const detail = modem.registrationNews.get(name) ?? 0;
  if (kind === "test") return say(`${name}: (0-2)`);
  if (kind === "read") return say(`${name}: ${detail},${modem.registrationText(detail)}`);
  if (!/^[012]$/.test(argument)) return ERROR;
  modem.registrationNews.set(name, Number(argument));
  return OK;
}

function operator(modem: Modem, { kind, argument }: AtCommand): Reply {
  const { operator: name, imsi } = modem.params;
  const numeric = imsi.slice(0, 5);
  if (kind === "test") return say(`+COPS: (2,"${name}","${name}","${numeric}",${modem.accessTechnology}),,(0-4),(0-2)`);
  if (kind === "set") {
    const [mode, format] = parameters(argument);
    if (mode === "3") modem.operatorFormat = Number(format);
    return OK;
  }
  if (!modem.isRegistered) return say("+COPS: 0");
  const shown = modem.operatorFormat === 2 ? numeric : name;
  return say(`+COPS: 0,${modem.operatorFormat},"${shown}",${modem.accessTechnology}`);
}

function context(modem: Modem, { kind, argument }: AtCommand): Reply {
  if (kind === "test") return say('+CGDCONT: (1-16),"IP",,,(0),(0)');
  if (kind === "read")
    return say(...[...modem.contexts].map(([id, apn]) => `+CGDCONT: ${id},"IP","${apn}","0.0.0.0",0,0`));
  const [id, , apn] = parameters(argument);
  if (id === undefined || !/^([1-9]|1[0-6])$/.test(id)) return ERROR;
  if (apn === undefined) modem.contexts.delete(Number(id));
  else modem.contexts.set(Number(id), apn);
  return OK;
}

function functionality(modem: Modem, { kind, argument }: AtCommand): Reply {
  if (kind === "test") return say("+CFUN: (0,1,4),(0,1)");
  if (kind === "read") return say(`+CFUN: ${modem.functionality}`);
  const [level, reset] = parameters(argument);
  if (reset === "1") modem.host.reset();
  if (level === undefined || !/^[014]$/.test(level)) return ERROR;
  modem.setFunctionality(Number(level));
  return OK;
}

function errorDetail(modem: Modem, { kind, argument }: AtCommand): Reply {
  if (kind === "test") return say("+CMEE: (0-2)");
  if (kind === "read") return say(`+CMEE: ${modem.errorDetail}`);
  if (!/^[012]$/.test(argument)) return ERROR;
  modem.errorDetail = Number(argument);
  return OK;
}
