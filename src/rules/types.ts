import type { UsbDevice } from "../hotplug/types.ts";

/**
 * One thing to do to a stick to get it out of its storage mode. What usb_modeswitch's special modes are made of is in
 * usb-modeswitch/special-modes.ts.
 */
export type SwitchStep =
  /** SCSI PREVENT ALLOW MEDIUM REMOVAL off, then START STOP UNIT with LoEj: what a desktop's eject does. */
  | { readonly method: "standardEject" }
  /** Raw bulk messages, hex, sent in order; most are 31-byte SCSI command wrappers. */
  | { readonly method: "messages"; readonly messages: readonly string[]; readonly endpoint?: number }
  | ControlStep
  /** Selecting another configuration. */
  | { readonly method: "configuration"; readonly value: number }
  /** Taking the device from the kernel's drivers: some then change by themselves. */
  | { readonly method: "detach" }
  /** Holding still, with what was claimed. */
  | { readonly method: "wait"; readonly ms: number }
  | ProgramStep;

/** A control request (USB 2.0, 9.3), numbers as they go into the setup packet. */
export interface ControlStep {
  readonly method: "control";
  /** bmRequestType; bit 7 set: data comes from the device. */
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  /** Towards the device: the bytes, hex; none by default. */
  readonly data?: string | undefined;
  /** From the device: how many bytes are asked for. They are not looked at. */
  readonly length?: number | undefined;
  /** The plan goes on when the device refuses it. */
  readonly mayFail?: boolean | undefined;
}

/** Handing the whole switch to the program usb_modeswitch, for what we cannot do; the only step of its plan. */
export interface ProgramStep {
  readonly method: "program";
  /** Where the program is. */
  readonly program: string;
  /** Which of usb_modeswitch's settings it is that we cannot do. */
  readonly setting: string;
  /** The database entry's settings, as it wants them: `Name=value`. */
  readonly entry: Readonly<Record<string, string>>;
}

/** How a device in storage mode becomes a modem, and what it comes back as. */
export interface SwitchPlan {
  /** Where this plan was read, e.g. `rules/zte.yaml` or `usb_modeswitch 19d2:2000`. */
  readonly source: string;
  readonly steps: readonly SwitchStep[];
  /** Ids it may come back as, `vvvv:pppp`; empty: anything that is not what it was. */
  readonly targets: readonly string[];
}

/** Which interface numbers carry AT commands and data. `null`: unknown, so `candidates` are probed. */
export interface PortScheme {
  readonly at: number | null;
  readonly data: number | null;
  /** Interface numbers worth probing, in order of likelihood; empty: every tty that appears. */
  readonly candidates: readonly number[];
}

/** What to say to a modem. Commands are without the final carriage return. */
export interface DialPlan {
  /** Sent in order before anything else, e.g. `ATZ`, then `ATQ0 V1 E0 S0=0 &C1 &D2`. */
  readonly init: readonly string[];
  /** PDP context id used, 1–15 (3GPP TS 27.007, 10.1.1). */
  readonly context: number;
  /** The dial string, e.g. `ATD*99***1#` (27.007, 10.2.1.1). */
  readonly dial: string;
  /** Restarts the modem, as a step of its recovery. */
  readonly reset: string;
}

/** What sits in a port, as far as its descriptors tell, and why we think so. */
export type Identity =
  | {
      readonly kind: "modem";
      readonly name: string;
      readonly ports: PortScheme;
      readonly dial: DialPlan;
      readonly why: string;
    }
  | { readonly kind: "storage"; readonly name: string; readonly plan: SwitchPlan; readonly why: string }
  /** Matches a storage-mode modem of which we cannot do the switch, nor is usb_modeswitch here; `method` is what is missing. */
  | { readonly kind: "unswitchable"; readonly name: string; readonly method: string; readonly why: string }
  /** Might be a modem: becomes one if a tty of a modem driver appears. */
  | {
      readonly kind: "maybe";
      readonly name: string;
      readonly ports: PortScheme;
      readonly dial: DialPlan;
      readonly why: string;
    }
  | { readonly kind: "hub"; readonly name: string; readonly why: string }
  | { readonly kind: "other"; readonly name: string; readonly why: string };

/** Everything known of hardware; looks a device up. Pure: no I/O after loading. */
export interface RuleBook {
  identify(device: UsbDevice): Identity;
}
