import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { createBreather } from "../../config/breather.ts";
import { type FileProblem, unreadable } from "../../config/file-problem.ts";
import { isMissing, readBounded, utf8 } from "../../config/read-bounded.ts";
import { type UsbDevice, usbId } from "../../hotplug/types.ts";
import { type EntryName, fits, parseEntryName } from "./entry-name.ts";
import { type EntryText, parseEntryText } from "./entry-text.ts";
import { untar } from "./untar.ts";

/** Where Debian installs the database; earlier folders win, and in each a single file wins over the pack. */
export const DATABASE_FOLDERS: readonly string[] = ["/etc/usb_modeswitch.d", "/usr/share/usb_modeswitch"];

const PACK = "configPack.tar.gz";
const MAX_PACK_BYTES = 4 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
const MAX_ENTRY_BYTES = 64 * 1024;
const MAX_SINGLE_FILES = 2000;

export interface DatabaseEntry {
  readonly name: EntryName;
  readonly text: EntryText;
}

/** What the database says of a device. */
export type Lookup =
  | { readonly kind: "entry"; readonly entry: DatabaseEntry }
  | { readonly kind: "none" }
  /** Its ids are those of several devices, and what we know of it does not tell which. */
  | { readonly kind: "undecided"; readonly reason: string };

/** The names are indexed; the text of an entry is parsed when it is looked up, so that a start costs next to nothing. */
interface StoredEntry {
  readonly name: EntryName;
  readonly bytes: Uint8Array;
}

export interface DatabaseFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** usb_modeswitch's device database, as it was found on this machine. */
export class ModeSwitchDatabase {
  readonly problems: readonly FileProblem[];
  readonly #byId = new Map<string, StoredEntry[]>();

  /** `entries` in order of precedence. */
  constructor(entries: readonly DatabaseFile[], problems: readonly FileProblem[] = []) {
    this.problems = problems;
    for (const { file, bytes } of entries) {
      const name = parseEntryName(file);
      if (name === null || bytes.length > MAX_ENTRY_BYTES) continue;
      const same = this.#byId.get(name.id);
      if (same) same.push({ name, bytes });
      else this.#byId.set(name.id, [{ name, bytes }]);
    }
  }

  get size(): number {
    let size = 0;
    for (const entries of this.#byId.values()) size += entries.length;
    return size;
  }

  /** All entries, parsed one by one. */
  *entries(): Generator<DatabaseEntry> {
    for (const entries of this.#byId.values()) for (const entry of entries) yield parsed(entry);
  }

  /** Whether the database tells devices with this `vvvv:pppp` apart by their strings. */
  isAmbiguous(id: string): boolean {
    return this.#byId.get(id)?.some((entry) => entry.name.filters.length > 0) ?? false;
  }

  /** The first entry that fits; those with filters come before the one without. */
  lookUp(device: UsbDevice): Lookup {
    const id = usbId(device);
    const entries = this.#byId.get(id) ?? [];
    for (const entry of entries) {
      const fit = fits(entry.name, device);
      if (fit === "yes") return { kind: "entry", entry: parsed(entry) };
      if (fit === "unknown") {
        return { kind: "undecided", reason: `${entry.name.file} also asks for what its SCSI inquiry says` };
      }
    }
    if (entries.length > 0)
      return { kind: "undecided", reason: `${id} is used by several devices, and none fits its strings` };
    const [fallback] = this.#byId.get(`${id.slice(0, 4)}:#linux`) ?? [];
    return fallback === undefined ? { kind: "none" } : { kind: "entry", entry: parsed(fallback) };
  }
}

function parsed(entry: StoredEntry): DatabaseEntry {
  return { name: entry.name, text: parseEntryText(utf8(entry.bytes)) };
}

/** Reads the database from its folders. Never rejects; a folder that is not there is no problem. */
export async function loadDatabase(folders: readonly string[] = DATABASE_FOLDERS): Promise<ModeSwitchDatabase> {
  const problems: FileProblem[] = [];
  const single: DatabaseFile[] = [];
  const packed: DatabaseFile[] = [];
  for (const folder of folders) {
    for (const file of await namesIn(folder, problems)) {
      const path = join(folder, file);
      try {
        if (file === PACK) packed.push(...(await unpack(path)));
        else if (parseEntryName(file)) single.push({ file, bytes: await readBounded(path, MAX_ENTRY_BYTES) });
      } catch (error) {
        problems.push(unreadable(path, error));
      }
    }
  }
  return new ModeSwitchDatabase([...single, ...packed], problems);
}

async function namesIn(folder: string, problems: FileProblem[]): Promise<string[]> {
  try {
    return byPrecedence(await readdir(folder)).slice(0, MAX_SINGLE_FILES);
  } catch (error) {
    if (!isMissing(error)) problems.push(unreadable(folder, error));
    return [];
  }
}

async function unpack(pack: string): Promise<DatabaseFile[]> {
  const zipped = await readBounded(pack, MAX_PACK_BYTES);
  const archive = new Uint8Array(await promisify(gunzip)(zipped, { maxOutputLength: MAX_UNPACKED_BYTES }));
  const breathe = createBreather();
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes } of untar(archive)) {
    files.set(name, bytes);
    await breathe();
  }
  return byPrecedence([...files.keys()]).map((file) => ({ file, bytes: files.get(file) ?? new Uint8Array() }));
}

/** Downwards, as usb_modeswitch's dispatcher does, so that `05c6:1000:uMa=…` is tried before `05c6:1000`. */
function byPrecedence(names: string[]): string[] {
  return names.sort().reverse();
}
