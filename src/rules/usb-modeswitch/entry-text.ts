import { printable } from "../../../machines/failure.ts";

/** The text of a database file: its title (the first comment) and its `Name=value` settings. */
export interface EntryText {
  readonly title: string;
  readonly settings: ReadonlyMap<string, string>;
}

const MAX_LINES = 200;
const MAX_LINE = 2000;

/**
 * Parses a database file as usb_modeswitch 2.6 reads it: one `Name=value` a line, the value may be quoted, `;`, `#`
 * and `!` begin comments, the first of several equal names counts. Never throws; what is no setting is passed over.
 */
export function parseEntryText(text: string): EntryText {
  const settings = new Map<string, string>();
  let title = "";
  for (const raw of text.split(/\r?\n/, MAX_LINES)) {
    const line = raw.slice(0, MAX_LINE).trim();
    if (title === "" && line.startsWith("#")) title = printable(line.replace(/^#+\s*/, ""), 100);
    const [, name, quoted, bare] = /^([A-Za-z][A-Za-z0-9]{0,40})\s*=\s*(?:"([^"]*)"|([^\s"#;!]+))/.exec(line) ?? [];
    const value = quoted ?? bare;
    if (name !== undefined && value !== undefined && !settings.has(name)) settings.set(name, value.trim());
  }
  return { title, settings };
}
