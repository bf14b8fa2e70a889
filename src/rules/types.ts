import type { UsbDevice } from "../hotplug/types.ts";

/**
 * One way to get a stick out of its storage mode. Names follow usb_modeswitch's device reference
 * (usb_modeswitch.conf / device_reference.txt of usb-modeswitch-data).
 */
export type SwitchStep =
  /** SCSI PREVENT ALLOW MEDIUM REMOVAL off, then START STOP UNIT with LoEj: what a desktop's eject does. */
  | { readonly method: "standardEject" }
  /** One to three raw 31-byte (or other) bulk messages, hex, sent in order. */
  | { readonly method: "messages"; readonly messages: readonly string[]; readonly endpoint?: number }
  /** Control request: SET_FEATURE(DEVICE_REMOTE_WAKEUP), bRequest 3, value 1 (HuaweiMode=1). */
  | { readonly method: "huawei" }
  /** The bulk message 55534243123456780000000000000011062000000101000100000000000000 (HuaweiNewMode=1). */
  | { readonly method: "huaweiNew" }
  /** Option/GlobeTrotter ZeroCD: the bulk message of OptionMode=1. */
  | { readonly method: "option" }
  /** Selecting another configuration. */
  | { readonly method: "configuration"; readonly value: number };

/** How a device in storage mode becomes a modem, and what it comes back as. */
export interface SwitchPlan {
  /** Where this plan was read, e.g. `rules/zte.yaml` or `usb_modeswitch 19d2:2000`. */
  readonly source: string;
  readonly steps: readonly SwitchStep[];
  /** Ids it may come back as, `vvvv:pppp`; empty: anything that is not what it was. */
  readonly targets: readonly string[];
  /** Some sticks ignore or choke on a message that comes too soon after the plug; wait this long first. */
  readonly waitBeforeMs?: number;
  /** How long the interface is kept claimed after the last message. */
  readonly releaseDelayMs?: number;
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
  /** Matches a storage-mode modem of which we cannot do the switch; `method` is the one that is missing. */
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
