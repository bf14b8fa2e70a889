import type { ModemEffects } from "../../machines/modem/effects.ts";
import type { OpenSerialLine } from "../at/serial-line.ts";
import type { TranscriptLine } from "../at/types.ts";
import type { ModemConfigLookup } from "../config/types.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { PppdVersion } from "../ppp/pppd-version.ts";
import type { Adoption } from "./adoption.ts";
import type { UsbRecovery } from "./mend.ts";

/** One APN of the operator database for a SIM. */
export interface OperatorBearer {
  readonly apn: string;
  /** The operator's or plan's name, for people. */
  readonly name: string;
  readonly username?: string | null;
  readonly password?: string | null;
}

/** Decisions that outlive the agent, as short texts. `get` answers at once, from memory. */
export interface DecisionStore {
  get(key: string): string | null;
  /** null forgets. */
  set(key: string, value: string | null): void;
}

export interface ModemEffectsOptions {
  readonly settings: ModemConfigLookup;
  /** APNs for a SIM by its IMSI, likeliest first; may be empty. */
  readonly bearersFor: (imsi: string) => Promise<readonly OperatorBearer[]>;
  readonly store: DecisionStore;
  readonly transcript: (port: PortPath, line: TranscriptLine) => void;
  readonly watchLink: ModemEffects["watchLink"];
  /** Each line of pppd's log. */
  readonly pppdLog?: (port: PortPath, line: string) => void;
  readonly adoption: Adoption;
  /** Told of what went wrong beside the way, for a person. */
  readonly notice: (port: PortPath, text: string) => void;
  readonly usb: UsbRecovery;
  /** pppd's path, or its name to be found in the system's directories. */
  readonly programs: { readonly pppd: string; readonly pppdVersion: PppdVersion };
  /** For tests: opens ttys. */
  readonly openLine?: OpenSerialLine;
}
