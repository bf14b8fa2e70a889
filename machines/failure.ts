/**
 * What can go wrong, as values. A machine branches on `kind`; a person acts on `advice`.
 *
 * `mend` says who can end the fault: `soon` (try again shortly: it is often transient), `later` (try
 * again, but seldom: the network or the device must change its mind) or `hand` (somebody must do
 * something to the box; trying again by itself cannot help and may harm, as a PIN retry would).
 */
export type Mend = "soon" | "later" | "hand";

const FAULTS = {
  // switching a stick out of its storage mode
  SwitchUnsupported: ["hand", "add a rule for this device under rules/, or install usb_modeswitch"],
  SwitchRefused: ["soon", "the stick did not accept the switch message; replug it if this repeats"],
  SwitchTimeout: ["soon", "the stick did not come back after its switch message; replug it if this repeats"],
  // finding and talking to the AT port
  PortsMissing: ["soon", "the modem's serial ports did not appear; is its kernel driver (option, cdc-acm) loaded?"],
  PortSilent: ["soon", "replug the stick if this repeats"],
  PortGarbled: ["soon", "replug the stick if this repeats"],
  PortBusy: ["later", "another program holds the serial port; stop ModemManager or wvdial"],
  CommandRefused: ["soon", "the modem refused a command; see the transcript"],
  // the SIM
  SimMissing: ["hand", "put a SIM card into the stick"],
  SimPinNeeded: ["hand", "set the SIM's PIN in the config, or switch its PIN off in a phone"],
  SimPukNeeded: ["hand", "unlock the SIM with its PUK in a phone"],
  SimBusy: ["soon", "the SIM is not ready yet"],
  SimBlocked: ["hand", "put another SIM into the stick"],
  SimWrong: ["hand", "use another stick for this SIM, or this stick's unlock code"],
  SimFailure: ["later", "try the SIM in a phone"],
  // the network
  RegistrationDenied: ["later", "see with the operator that this SIM is active, paid for, and meant for data"],
  RegistrationTimeout: ["later", "check the antenna and the place of the stick"],
  RoamingForbidden: ["later", "allow it by roaming: true in the config, if its price is known"],
  // dialling
  NoCarrier: ["soon", "if this repeats, check the APN"],
  Busy: ["soon", "the network is busy"],
  DialRefused: ["soon", "if this repeats, check the APN"],
  DialTimeout: ["soon", "the modem did not answer the dial command"],
  // ppp
  AuthenticationRefused: ["later", "set the user name and the password in the config"],
  NegotiationFailed: ["soon", "if this repeats, check the APN, user name and password"],
  LinkLooped: ["soon", "the network echoes our own packets; the call will be made anew"],
  LinkDead: ["soon", "the link was up but carried no data; the call is made anew"],
  LinkSuspect: ["soon", "new connections go over better links until it answers well for 10 s"],
  LinkUnproven: ["soon", "new connections go over better links until data has come through it for 10 s"],
  LinkLost: ["soon", "the link was hung up by the modem or the network"],
  // processes and the system
  ProgramMissing: ["hand", "install the missing program; `wanherd doctor` names its package"],
  ProcessCrashed: ["soon", "the program ended unexpectedly; see its last lines"],
  AddressTaken: [
    "hand",
    "stop and disable the other program, or set dns: { enabled: false } in the config to leave names to it",
  ],
  SystemRefused: ["later", "the kernel refused a change; see the message"],
  // a radio, and the access point
  DriverMissing: ["hand", "use a dongle that this kernel has a driver for (Ralink RT5370, MediaTek MT76)"],
  FirmwareMissing: [
    "hand",
    "install its firmware (Debian: firmware-misc-nonfree, firmware-realtek, firmware-atheros) and replug it",
  ],
  WextOnly: ["hand", "use another dongle or driver: hostapd needs one that speaks nl80211"],
  PhyMissing: ["soon", "replug it; see the kernel's log if this repeats"],
  RadioBlocked: ["later", "`rfkill unblock wifi` switches it on"],
  RadioSwitchedOff: ["later", "switch it on by the switch or key of this computer"],
  InterfaceBusy: [
    "later",
    "stop the program that uses it (NetworkManager, wpa_supplicant, hostapd), or leave it to that one",
  ],
  ApUnsupported: ["hand", "use another dongle: this one's driver cannot be an access point"],
  ApLimit: ["later", "take its other interfaces down"],
  ChannelForbidden: ["hand", "set accessPoint.country, or other channels, in the config"],
  PmfMissing: ["hand", "set accessPoint.security to wpa2 or wpa2-wpa3 in the config, or use another dongle"],
  HostapdRefused: ["later", "see what hostapd said; another channel or another dongle may help"],
  LanCollides: ["later", "set another lan.address (and lan.dhcp) in the config"],
  // the bundle
  ConcentratorUnknown: ["soon", "see that the concentrator's name is right, and that names can be looked up"],
  ConcentratorSilent: [
    "soon",
    "see on the concentrator that `wanherd concentrator up` runs, and that its port is reachable",
  ],
  KeyMissing: ["hand", "`wanherd concentrator invite` on the concentrator prints the line that `wanherd join` takes"],
  // the device itself
  DeviceGone: ["soon", "the device was pulled out"],
  StepUnavailable: ["later", "this step of recovery is not possible for this device"],
  DeviceRefused: ["soon", "the device answered a USB request with an error; replug it if this repeats"],
  Internal: ["later", "this is a fault of wanherd; please report it with `wanherd events`"],
} as const satisfies Record<string, readonly [Mend, string]>;

export type FailureKind = keyof typeof FAULTS;

/** All of them. */
export const FAILURE_KINDS = Object.keys(FAULTS) as readonly FailureKind[];

/** A failure as plain data: goes through machine context, journal and status unchanged. */
export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for a person: what failed and where. Escaped, bounded, free of secrets. */
  readonly message: string;
  /** What was being tried, e.g. `AT+CPIN?` or `nft -f -`. */
  readonly tried?: string;
}

/** Makes a failure value. The message is cut to 500 characters and stripped of control characters. */
export function failure(kind: FailureKind, message: string, tried?: string): Failure {
  return { kind, message: printable(message, 500), ...(tried === undefined ? {} : { tried: printable(tried, 200) }) };
}

/** Whether a text is the kind of a failure known here: one that came over a socket or from disk may not be. */
export function isFailureKind(text: string): text is FailureKind {
  return Object.hasOwn(FAULTS, text);
}

export function mendOf(kind: FailureKind): Mend {
  return FAULTS[kind][0];
}

export function adviceFor(kind: FailureKind): string {
  return FAULTS[kind][1];
}

/** The failure as something that can be thrown, for effects whose promise rejects. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(kind: FailureKind, message: string, options: { tried?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FailureError";
    this.failure = failure(kind, message, options.tried);
  }
}

/** Whatever an effect threw, as a failure: what is not a FailureError is our own fault. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return failure("Internal", error instanceof Error ? error.message : String(error));
}

/**
 * Text from outside made safe to show: control characters (C0, C1, line separators, bidirectional
 * overrides) become `·`, and it is cut to `max` characters.
 */
export function printable(text: string, max: number): string {
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "·");
  return safe.length <= max ? safe : `${safe.slice(0, max - 1)}…`;
}
