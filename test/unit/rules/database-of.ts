import { ModeSwitchDatabase } from "../../../src/rules/usb-modeswitch/database.ts";

/** A database of these entries (file name → text), in the order of precedence in which they are written. */
export function databaseOf(entries: Readonly<Record<string, string>>): ModeSwitchDatabase {
  return new ModeSwitchDatabase(
    Object.entries(entries).map(([file, text]) => ({ file, bytes: new TextEncoder().encode(text) })),
  );
}
