import type { JournalEntry } from "../journal/types.ts";

/** What an entry says, for a person: of some events their name alone would leave out what they are about. */
export function eventText({ text, data }: JournalEntry): string {
  const of = (value: unknown): Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const { status, operator, technology, signalDbm } = of(data?.registration);
  const { product, interface: name, address } = { ...of(data?.device), ...of(data?.detail) };
  const signal = typeof signalDbm === "number" ? `${signalDbm} dBm`.replace("-", "−") : null;
  const facts = [status, operator, technology, signal, product, name, address].filter(
    (fact) => typeof fact === "string",
  );
  return facts.length === 0 || data?.failure !== undefined ? text : `${text}: ${facts.join(" · ")}`;
}
