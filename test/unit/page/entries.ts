import type { PortPath } from "../../../src/hotplug/types.ts";
import type { JournalEntry } from "../../../src/journal/types.ts";
import type { Noted } from "../../../src/page/history.ts";

export const PORT = "1-1.3" as PortPath;
export const BEGIN = Date.parse("2026-01-05T14:00:00.000Z");

/** Entries at seconds after 14:00, as the journal has them. */
export class Told {
  readonly noted: Noted[] = [];

  add(second: number, topic: JournalEntry["topic"], text: string, data?: object, port: PortPath | null = PORT): this {
    const at = BEGIN + second * 1000;
    const entry = { seq: this.noted.length + 1, time: new Date(at).toISOString(), port, topic, text };
    this.noted.push({ at, entry: data === undefined ? entry : { ...entry, data: data as Record<string, unknown> } });
    return this;
  }

  step(second: number, machine: string, state: string, cause = "somehow"): this {
    return this.add(second, "transition", `${machine}: → ${state}`, { machine, from: null, to: state, state, cause });
  }

  fails(second: number, text: string, kind: string, message: string): this {
    return this.add(second, "event", text, { failure: { kind, message } });
  }

  /** From empty to online within three seconds. */
  comesUp(second: number): this {
    return this.step(second, "port", "occupied.serving", "device.attached")
      .step(second, "modem", "adopting", "start")
      .step(second + 1, "modem", call("dialling"))
      .step(second + 3, "modem", call("online.good"), "daemon.ready");
  }
}

/** A modem's whole state while its call is in this one. */
export function call(state: string): string {
  return `working.connecting.watch.listening + working.connecting.connector.waiting + working.connecting.call.${state}`;
}

/** Spans as `label from–to`, in seconds after 14:00. */
export function spanTexts(spans: readonly { label: string; from: number; to: number | null }[]): string[] {
  const second = (at: number | null): string => (at === null ? "" : String((at - BEGIN) / 1000));
  return spans.map(({ label, from, to }) => `${label} ${second(from)}–${second(to)}`);
}
