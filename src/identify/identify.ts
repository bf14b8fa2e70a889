import { readdir } from "node:fs/promises";
import { readDevice } from "../hotplug/sysfs-device.ts";
import { type InterfaceUse, readInterfaceUse } from "../hotplug/sysfs-interfaces.ts";
import { readTtys } from "../hotplug/tty-links.ts";
import { type PortPath, parsePortPath, type Tty, type UsbInterface, usbId } from "../hotplug/types.ts";
import { classOf } from "../rules/class-triple.ts";
import { loadRuleBook } from "../rules/load-rule-book.ts";
import { modemDrivers, speaksAt } from "../rules/modem-drivers.ts";
import { askTty } from "./ask-tty.ts";
import { suggestRule } from "./suggest-rule.ts";
import { ttyHolders } from "./tty-holders.ts";
import type { Identified, IdentifyOptions, SeenInterface, SeenTty, TtyAnswer } from "./types.ts";

/** Where things are; tests have theirs. */
interface Places {
  readonly sysfs?: string;
  readonly ttyRoot?: string;
  readonly databaseDirs?: readonly string[];
  readonly localFolder?: string;
  readonly now?: Date;
}

/**
 * Tells all that is known of what is in a port: its descriptors and what the kernel made of them (sysfs), what the rules say, what its
 * ttys answer, and a rule to begin with. Sends nothing to the device unless with `ask`. Never rejects.
 */
export async function identify(
  { port, rules, ask, heard }: Omit<IdentifyOptions, "rules"> & { readonly rules: string },
  { sysfs = "/sys", ttyRoot = "/dev/wanherd", databaseDirs, localFolder, now = new Date() }: Places = {},
): Promise<Identified> {
  const device = await readDevice(sysfs, port, null);
  if (device === null) return { inUse: await portsInUse(sysfs) };
  const [uses, ttys, { book, isAmbiguous }] = await Promise.all([
    readInterfaceUse(sysfs, device),
    readTtys(sysfs, ttyRoot, device),
    loadRuleBook({
      folder: rules,
      ...(databaseDirs === undefined ? {} : { databaseDirs }),
      ...(localFolder === undefined ? {} : { localFolder }),
    }),
  ]);
  const holders = ask ? await ttyHolders(new Set(uses.flatMap((use) => use.ttys.map((name) => `/dev/${name}`)))) : null;
  const interfaces = await Promise.all(
    device.interfaces.map((face) => {
      const use = uses.find(({ number }) => number === face.number);
      return seenInterface(face, use, { ttys, heard, holders });
    }),
  );
  const seen = { device, usbId: usbId(device), interfaces, identity: book.identify(device) };
  const options = { date: now.toISOString().slice(0, 10), ambiguous: isAmbiguous(device) };
  return { schema: 1, ...seen, suggestion: suggestRule(seen, options) };
}

async function seenInterface(
  face: UsbInterface,
  use: InterfaceUse | undefined,
  known: {
    readonly ttys: readonly Tty[];
    readonly heard: ReadonlyMap<number, TtyAnswer>;
    /** Null: nothing is asked. */
    readonly holders: ReadonlyMap<string, string> | null;
  },
): Promise<SeenInterface> {
  const driver = use?.driver ?? null;
  const path = known.ttys.find((tty) => tty.interface === face.number)?.path ?? null;
  const ttys = await Promise.all(
    (use?.ttys ?? []).map(async (name, index): Promise<SeenTty> => {
      const heard = index === 0 ? known.heard.get(face.number) : undefined;
      const answer = heard ?? (await answerOf(`/dev/${name}`, face, driver, known.holders));
      return { name, path: index === 0 ? path : null, answer };
    }),
  );
  const { networks = [], controls = [], drives = [] } = use ?? {};
  return { number: face.number, class: classOf(face), driver, ttys, networks, controls, drives };
}

async function answerOf(
  path: string,
  face: UsbInterface,
  driver: string | null,
  holders: ReadonlyMap<string, string> | null,
): Promise<TtyAnswer> {
  const no = (why: string): TtyAnswer => ({ kind: "not asked", why });
  if (!modemDrivers.includes(driver ?? "") || (driver === "cdc_acm" && !speaksAt(face)))
    return no("what is behind it may be no modem");
  if (holders === null) return no("`--ask` does that");
  const holder = holders.get(path);
  return holder === undefined ? askTty(path) : no(`${holder} has it open`);
}

async function portsInUse(sysfs: string): Promise<readonly PortPath[]> {
  const names = await readdir(`${sysfs}/bus/usb/devices`).catch(() => []);
  return names.map(parsePortPath).filter((port) => port !== null);
}
