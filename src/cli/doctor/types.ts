import type { ForwardBlock } from "../../firewall/forward-blocks.ts";
import type { HubPower } from "../../power/types.ts";
import type { UnitState } from "../../systemd/unit-state.ts";

/** One line of the doctor's report. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
  /** The command or the change that mends it; missing when all is well. */
  readonly mend?: string;
}

/** What the doctor sees of a machine. Nothing here changes it. No call rejects: what cannot be read is not there. */
export interface Probe {
  /** Full path of a program, or null. */
  findProgram(name: string): Promise<string | null>;
  /** Names of the kernel modules that are built in, loaded or loadable, with `_` for `-`; null: cannot be told. */
  kernelModules(): Promise<ReadonlySet<string> | null>;
  /** Effective capabilities as a bit set (capabilities(7)). */
  capabilities(): Promise<bigint>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Where this copy of the program has its udev rules; null: it has none, as its package has installed them. */
  udevFolder(): Promise<string | null>;
  /** Names of the running processes (/proc/PID/comm: at most 15 characters), without kernel threads' arguments. */
  processNames(): Promise<ReadonlySet<string>>;
  /** The argument lists of the running processes of this name. */
  commandLines(name: string): Promise<readonly (readonly string[])[]>;
  /** The config at its usual place: what is wrong with it, and what of it matters here (all defaults where it is refused). */
  configuration(): Promise<{
    readonly problems: readonly string[];
    readonly accessPoint: { readonly enabled: boolean; readonly country: string | null };
    /** Interfaces that it names as uplinks or radios: there may be no USB device whose plug starts the service for them. */
    readonly named: readonly string[];
  }>;
  /** Devices on the bus for which the kernel found no firmware, and the file that it looked for. */
  firmwareLacking(): Promise<readonly { readonly port: string; readonly file: string }[]>;
  /** Whether a Raspberry Pi's own voltage is too low now; null: nothing here measures it. */
  underVoltage(): Promise<boolean | null>;
  /** Others' chains that let nothing of the LAN through, and the LAN's interface by the config at its usual place. */
  forwardBlocks(): Promise<{ readonly lan: string; readonly blocks: readonly ForwardBlock[] }>;
  /** The USB hubs and what hangs on them; supplies as the config at its usual place names them. */
  hubs(): Promise<readonly HubPower[]>;
  /** Who listens on UDP port 53 of loopback (systemd-resolved's 127.0.0.53 is no hindrance). */
  nameServer(): Promise<"nobody" | "ours" | "other">;
  /** Of systemd's unit wanherd.service; null: there is none, or no systemd. */
  service(): Promise<UnitState | null>;
  /** `built`: when this program was made, as far as its file tells. `synchronised`: by a time server; null: nobody can tell. */
  clock(): Promise<{ readonly now: Date; readonly built: Date | null; readonly synchronised: boolean | null }>;
  /** The folder of the journal and the decisions, by the config at its usual place, and the disk that it is or will be on; null: not known. */
  storage(): Promise<{
    readonly directory: string;
    readonly isReadOnly: boolean;
    readonly freeBytes: number | null;
    /** Null too where the file system has no bound. */
    readonly freeFiles: number | null;
  }>;
  /** Without a leading `v`. */
  nodeVersion(): Promise<string>;
  /** The switches of rfkill: name (`phy0`), type (`wlan`, `wwan`, …), and whether it is off by software or by hardware. */
  radioSwitches(): Promise<
    readonly { readonly name: string; readonly type: string; readonly soft: boolean; readonly hard: boolean }[]
  >;
}
