import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as z from "zod";
import type { ModemFacts, ModemPorts, PppLink } from "../../machines/modem/effects.ts";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { interfaceNameFor } from "./interface-name.ts";

/** What the next agent has to know of a link to adopt it. Holds no secret. */
export interface LinkRecord {
  readonly port: PortPath;
  /** pppd's, and when it was started (see startTimeOf): process ids are used again. */
  readonly pid: number;
  readonly startTime: string;
  readonly link: PppLink;
  readonly ports: ModemPorts;
  readonly facts: ModemFacts;
  /** What it was dialled with. */
  readonly apn: string;
}

const MAX_FILE = 10_000;

const Fact = z.string().max(200).nullable();
const Ppp = z.strictObject({
  interface: z.string(),
  address: z.ipv4(),
  peer: z.ipv4().nullable(),
  dns: z.array(z.ipv4()).max(8),
});
const Schema = z
  .strictObject({
    port: z.custom<PortPath>((port) => typeof port === "string" && parsePortPath(port) !== null),
    pid: z.int().min(2).max(4_194_304),
    startTime: z.string().regex(/^\d{1,20}$/),
    link: Ppp,
    ports: z.strictObject({ at: z.string(), data: z.string() }),
    facts: z.strictObject({ manufacturer: Fact, model: Fact, imei: Fact, imsi: Fact, iccid: Fact }),
    apn: z.string().max(100),
  })
  .refine(({ port, link }) => link.interface === interfaceNameFor(port))
  .refine(({ port, ports }) => [ports.at, ports.data].every((tty) => isTtyOf(port, tty)));

function isTtyOf(port: PortPath, tty: string): boolean {
  const folder = `/dev/wanherd/${port}/`;
  return tty.startsWith(folder) && /^if[0-9a-f]{2}$/.test(tty.slice(folder.length));
}

/**
 * One small file for each link that is up, in `/run/wanherd`: gone with a reboot, as the links are. It is a note and no
 * proof: whoever reads one looks whether the world agrees.
 */
export class LinkRecords {
  readonly #folder: string;

  constructor(folder = "/run/wanherd") {
    this.#folder = folder;
  }

  /** Null: there is none, or none that we wrote. */
  async read(port: PortPath): Promise<LinkRecord | null> {
    try {
      const text = await readFile(this.#file(port), "utf8");
      const record = Schema.parse(JSON.parse(text.slice(0, MAX_FILE)));
      return record.port === port ? record : null;
    } catch {
      return null;
    }
  }

  /** Rejects with the system's error. */
  async write(record: LinkRecord): Promise<void> {
    const file = this.#file(record.port);
    await mkdir(this.#folder, { recursive: true });
    await writeFile(`${file}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  /** Rejects with the system's error; not for a file that is gone. */
  async remove(port: PortPath): Promise<void> {
    await rm(this.#file(port), { force: true });
  }

  /** Removes all records but those of these ports. Never rejects: a record that stays proves nothing. */
  async keepOnly(ports: readonly PortPath[]): Promise<void> {
    const kept = new Set(ports.map((port) => this.#file(port)));
    const names = await readdir(this.#folder).catch(() => []);
    const files = names.filter((name) => /^link-.*\.json$/.test(name)).map((name) => `${this.#folder}/${name}`);
    await Promise.allSettled(files.filter((file) => !kept.has(file)).map((file) => rm(file)));
  }

  #file(port: PortPath): string {
    return `${this.#folder}/link-${interfaceNameFor(port)}.json`;
  }
}
