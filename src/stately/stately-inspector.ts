import { createInspector, type StatelyInspectionEvent } from "@statelyai/inspect";
import type { InspectionEvent } from "xstate";
import { plainData } from "../journal/plain-data.ts";
import { SocketAdapter } from "./socket-adapter.ts";

export interface StatelyInspector {
  inspect(event: InspectionEvent): void;
  close(): void;
}

/**
 * Shows the machines to Stately's inspector, which listens at `url` (createInspectorServer of @statelyai/inspect/server). It is
 * told what the journal is told: bounded, with secrets masked, and with `mask` applied to all texts.
 */
export function statelyInspector(url: string, mask: (text: string) => string): StatelyInspector {
  const inspector = createInspector(new SocketAdapter(url), { serialize: (event) => shown(event, mask) });
  inspector.start();
  return { inspect: (event) => inspector.inspect.next?.(event), close: () => inspector.stop() };
}

/** Not by the library's own means, which leave what a promise was given, and came to, as it is. */
function shown(told: StatelyInspectionEvent, mask: (text: string) => string): StatelyInspectionEvent {
  const plain = (part: unknown): unknown => plainData(part, mask);
  const event = "event" in told ? { event: plain(told.event) } : {};
  if (!("snapshot" in told)) return { ...told, ...event } as StatelyInspectionEvent;
  const { status, value, context, output } = (told.snapshot ?? {}) as Readonly<Record<string, unknown>>;
  const snapshot = { status, value: plain(value), context: plain(context), output: plain(output) };
  return { ...told, ...event, snapshot } as unknown as StatelyInspectionEvent;
}
