import { requestKind, type SetupPacket } from "../usbip/setup-packet.ts";
import type { Heard, RequestHeard, Trigger } from "./description.ts";
import { SET_CONFIGURATION } from "./standard-requests.ts";

export interface TriggerEvents {
  readonly log: (text: string) => void;
  /** It is to become this identity; the answer to what it heard last is already on its way. */
  readonly pulled: (becomes: string) => void;
  /** So many reports are to be sent to the interrupt endpoint. */
  readonly reports: (count: number) => void;
}

type Sequence = Trigger & { readonly on: "sequence" };

/** Listens to all that an attached identity is told, and pulls its triggers. */
export class TriggerWatch {
  readonly #triggers: readonly Trigger[];
  readonly #events: TriggerEvents;
  readonly #timers: NodeJS.Timeout[] = [];
  /** How much of each sequence was heard, and how often it came to nothing. */
  readonly #progress = new Map<Sequence, { heard: number; ignored: number }>();
  #unlocked = false;

  constructor(triggers: readonly Trigger[], events: TriggerEvents) {
    this.#triggers = triggers;
    this.#events = events;
    for (const trigger of triggers) {
      if (trigger.on === "sequence") this.#progress.set(trigger, { heard: 0, ignored: 0 });
      if (trigger.on === "time")
        this.#timers.push(setTimeout(() => this.#pull("time", trigger.becomes), trigger.afterMs));
    }
  }

  /** Whether its locked configurations may be selected. */
  get isUnlocked(): boolean {
    return this.#unlocked;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** A bulk or interrupt message. True when it is awaited, and so to be acknowledged only. */
  message(bytes: Buffer): boolean {
    const single = this.#triggers.find((trigger) => trigger.on === "message" && trigger.bytes.equals(bytes));
    if (single?.on === "message") this.#pull(single.on, single.becomes);
    const hex = bytes.toString("hex");
    return this.#hear((awaited) => "message" in awaited && awaited.message === hex) !== null || single !== undefined;
  }

  /** A control request: its answer when it is awaited, else null. */
  control(setup: SetupPacket, data: Buffer): Buffer | null {
    if (requestKind(setup) === "standard" && setup.request === SET_CONFIGURATION) {
      const trigger = this.#triggers.find((one) => one.on === "configuration" && one.value === setup.value);
      if (trigger?.on !== "configuration") return null;
      this.#pull(trigger.on, trigger.becomes);
      return Buffer.alloc(0);
    }
    const matches = (awaited: Heard): boolean => "request" in awaited && isThisRequest(awaited, setup, data);
    // Those that the kernel itself makes between two of ours are not told apart from its ordinary work.
    const heard = requestKind(setup) === "standard" && !this.#awaitsNext(matches) ? null : this.#hear(matches);
    return heard === null ? null : Buffer.alloc("request" in heard ? (heard.length ?? 0) : 0);
  }

  /** A SCSI command was carried out or refused. */
  scsi(opcode: number, ejected: boolean): void {
    for (const trigger of this.#triggers) {
      if (trigger.on === "eject" && ejected) this.#pull(trigger.on, trigger.becomes);
      if (trigger.on === "scsi" && trigger.opcode === opcode) this.#pull(trigger.on, trigger.becomes);
    }
  }

  #awaitsNext(matches: (awaited: Heard) => boolean): boolean {
    return [...this.#progress].some(([{ heard }, progress]) => {
      const next = heard[progress.heard];
      return next !== undefined && matches(next);
    });
  }

  /** What a sequence awaited and has heard now; null: nothing of the kind, and all of them begin anew. */
  #hear(matches: (awaited: Heard) => boolean): Heard | null {
    let found: Heard | null = null;
    for (const [sequence, progress] of this.#progress) {
      const next = [sequence.heard[progress.heard], sequence.heard[0]].findIndex(
        (awaited) => awaited !== undefined && matches(awaited),
      );
      const position = next === 0 ? progress.heard : 0;
      progress.heard = next === -1 ? 0 : position + 1;
      if (next === -1) continue;
      found = sequence.heard[position] ?? null;
      this.#events.reports(found?.reports ?? 0);
      if (progress.heard === sequence.heard.length) this.#complete(sequence, progress);
    }
    return found;
  }

  #complete(sequence: Sequence, progress: { heard: number; ignored: number }): void {
    progress.heard = 0;
    if (progress.ignored < (sequence.ignored ?? 0)) {
      progress.ignored++;
      this.#events.log("sequence ignored");
    } else if (sequence.becomes === null) {
      this.#unlocked = true;
      this.#events.log("sequence unlocks it");
    } else {
      this.#pull("sequence", sequence.becomes);
    }
  }

  #pull(on: Trigger["on"], becomes: string): void {
    this.#events.log(`${on} makes it ${becomes}`);
    this.#events.pulled(becomes);
  }
}

function isThisRequest(awaited: RequestHeard, setup: SetupPacket, data: Buffer): boolean {
  const { requestType, request, value, index } = awaited;
  const length = awaited.length ?? (awaited.data ?? "").length / 2;
  return (
    setup.requestType === requestType &&
    setup.request === request &&
    setup.value === value &&
    setup.index === index &&
    setup.length === length &&
    data.toString("hex") === (awaited.data ?? "")
  );
}
