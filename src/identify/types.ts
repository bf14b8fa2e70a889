import type { PortPath, UsbDevice } from "../hotplug/types.ts";
import type { Identity } from "../rules/types.ts";

/** `wanherd identify PORT --json`: all that can be told of what is plugged into a port. Fields are only ever added. */
export interface Identification {
  readonly schema: 1;
  readonly device: UsbDevice;
  /** `19d2:0031` */
  readonly usbId: string;
  /** By number. */
  readonly interfaces: readonly SeenInterface[];
  /** What the rules and usb_modeswitch's database make of it, and which of them decides. */
  readonly identity: Identity;
  readonly suggestion: Suggestion;
}

export interface SeenInterface {
  readonly number: number;
  /** `class/subclass/protocol`, as rules write it. */
  readonly class: string;
  /** Null: no driver has taken it. */
  readonly driver: string | null;
  readonly ttys: readonly SeenTty[];
  readonly networks: readonly string[];
  readonly controls: readonly string[];
  readonly drives: readonly string[];
}

export interface SeenTty {
  /** `ttyUSB0` */
  readonly name: string;
  /** The name that our udev rules have given it, `/dev/wanherd/1-1.3/if01`; null: none. */
  readonly path: string | null;
  readonly answer: TtyAnswer;
}

/** What a tty answers to AT. */
export type TtyAnswer =
  | {
      readonly kind: "answers";
      /** To +CGMI and +CGMM, or ATI; null: not asked, or it does not say. */
      readonly manufacturer: string | null;
      readonly model: string | null;
    }
  /** It was asked and said nothing sensible. */
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "not asked"; readonly why: string };

/** A rule to begin with, or why there is none. */
export type Suggestion =
  | { readonly kind: "none"; readonly why: string }
  | {
      readonly kind: "rule";
      /** How the file might be called: `1234-5678.yaml`. */
      readonly file: string;
      /** The whole file, which `wanherd rules check` finds sound. */
      readonly text: string;
      /** What it rests on, and what is left to be tried. */
      readonly why: string;
    };

/** What is asked of `identify`. */
export interface IdentifyOptions {
  readonly port: PortPath;
  /** Folder of rule files; undefined: the one that came with the program. */
  readonly rules: string | undefined;
  /** Whether AT is sent to its ttys. */
  readonly ask: boolean;
  /** What the agent has heard from its ttys, by interface number. */
  readonly heard: ReadonlyMap<number, TtyAnswer>;
}

/** What is in the port, or, where it is empty, the ports that are not. */
export type Identified = Identification | { readonly inUse: readonly PortPath[] };
