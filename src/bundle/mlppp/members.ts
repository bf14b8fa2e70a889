import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { markOf } from "../../net/marks.ts";
import type { UplinkId } from "../../net/types.ts";
import { parseEchoTimes } from "../../ppp/echo-times.ts";
import type { BundleMember, BundleStart } from "../types.ts";
import { concentratorAddressOf, gatewayAddressOf, MAX_MEMBERS, MEMBER_PREFIX, TUNNEL_MTU } from "./addresses.ts";
import { announce } from "./announce.ts";
import type { MemberMeasure } from "./expected-rate.ts";
import { asideIn, judgeMembers, membersIn, type Standings } from "./judge-members.ts";
import { chapSecret } from "./keys.ts";
import { Member, type MemberOwner } from "./member.ts";
import { giveQueue } from "./queue.ts";
import type { LinkProcess } from "./run-link.ts";
import { makeTunnel, removeTunnels, tunnels } from "./wireguard.ts";
import { memberConfig } from "./wireguard-config.ts";

/** Between two looks at how late the members are. */
const LOOK_MS = 5_000;
/** Answers to LCP's echo that are looked at, and those that there have to be. */
const ANSWERS = 10;
const ENOUGH = 3;
/** A redial for another speed, of one member at a time. */
const REDIAL_MS = 60_000;
/** How long a member whose link is to leave, and which is the last that carries, waits for one that joins: a bundle ends with its last link. */
const HANDOVER_MS = 10_000;
const RING_BYTES = 64 * 1024;
/** What a member of unknown rate is taken to carry where members are compared. */
const UNKNOWN_RATE = 100_000;

/** All members of one bundle: their tunnels, their links, the process that holds the bundle, and who is set aside. */
export class Members {
  readonly #key: () => string;
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #notice: (text: string) => void;
  readonly #asideChanged: () => void;
  #start: BundleStart | null = null;
  #bundle = newBundle();
  #members: readonly Member[] = [];
  #candidates: readonly BundleMember[] = [];
  #masters: readonly LinkProcess[] = [];
  #standings: Standings = new Map();
  #redialledAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `folder` holds secrets while they are handed over; it is there for as long as there may be anything of ours in the kernel. */
  constructor(options: {
    key: () => string;
    log: (line: string) => void;
    notice: (text: string) => void;
    asideChanged: () => void;
    folder: string;
  }) {
    this.#folder = options.folder;
    this.#key = options.key;
    this.#log = options.log;
    this.#notice = options.notice;
    this.#asideChanged = options.asideChanged;
  }

  /** Uses exactly these, but for those that it has set aside. */
  follow(candidates: readonly BundleMember[], start: BundleStart): Promise<void> {
    return this.#inTurn(async () => {
      this.#candidates = candidates;
      this.#start = start;
      this.#standings = judgeMembers(this.#standings, this.#known(), [], performance.now());
      await this.#agree();
      this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    });
  }

  /** Ends all of it, and takes out what a killed agent left. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      // Here and not before: a `follow` that waited its turn would have begun it anew.
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#candidates = [];
      const hadAside = this.aside().length > 0;
      this.#standings = new Map();
      if (hadAside) this.#asideChanged();
      await this.#agree();
      await this.#endMasters();
      if (!existsSync(this.#folder)) return;
      await removeTunnels((await tunnels()).filter((name) => name.startsWith(MEMBER_PREFIX)));
      await rm(this.#folder, { recursive: true, force: true });
    });
  }

  /** Those that the others carry more without, for now. */
  aside(): readonly UplinkId[] {
    return asideIn(this.#standings);
  }

  /** Candidates, and whoever was one: who is set aside is none, and remembered. */
  #known(): readonly UplinkId[] {
    return [...new Set([...this.#candidates.map(({ id }) => id), ...this.#standings.keys()])];
  }

  async #agree(): Promise<void> {
    const isIn = new Set(membersIn(this.#standings));
    const wanted = this.#candidates.filter(({ id }) => isIn.has(id)).slice(0, MAX_MEMBERS);
    const staying = this.#members.filter((member) => wanted.some((link) => isSame(link, member.link)));
    const joining = wanted.filter(({ id }) => !staying.some((member) => member.link.id === id));
    const leaving = this.#members.filter((member) => !staying.includes(member));
    const holding = staying.some(({ isUp }) => isUp) ? [] : leaving.filter((member) => canHold(member, joining));
    await this.#part(leaving.filter((member) => !holding.includes(member)));
    const joined: Member[] = [];
    for (const link of joining) joined.push(...(await this.#join(link)));
    if (holding.length > 0 && joined.length > 0)
      await Promise.race([...joined.map(({ settled }) => settled), pause(HANDOVER_MS, undefined, { ref: false })]);
    await this.#part(holding);
    this.#adjust(wanted);
  }

  async #part(leaving: readonly Member[]): Promise<void> {
    this.#members = this.#members.filter((member) => !leaving.includes(member));
    await Promise.all(leaving.map((member) => this.#leave(member)));
  }

  /** Resolves with none where there is no room. */
  async #join(link: BundleMember): Promise<readonly Member[]> {
    const start = this.#start;
    if (start === null) return [];
    const taken = new Set(this.#members.map(({ number }) => number));
    const number = Array.from({ length: MAX_MEMBERS }, (_, index) => index + 1).find((each) => !taken.has(each));
    if (number === undefined) return [];
    const there = concentratorAddressOf(number);
    const from = gatewayAddressOf(number);
    const { address: concentrator, port } = start.concentrator;
    await makeTunnel(
      {
        name: tunnelOf(link),
        config: memberConfig({ key: this.#key(), member: number, mark: markOf(link.slot), concentrator, port, there }),
        mtu: TUNNEL_MTU,
        addresses: [`${from}/32`],
        routes: [{ to: there, from }],
      },
      this.#folder,
    );
    const member = new Member(link, number, this.#owner());
    this.#members = [...this.#members, member];
    member.dial();
    return [member];
  }

  /** The concentrator is told over another member, or it would go on sending into this one. */
  async #leave(member: Member): Promise<void> {
    const other = this.#members.find(({ isUp }) => isUp);
    const announcement = { type: "leave", bundle: this.#bundle, member: member.number } as const;
    if (other !== undefined) announce(other.number, announcement, AbortSignal.timeout(LOOK_MS)).catch(() => undefined);
    await member.end();
    await removeTunnels([tunnelOf(member.link)]);
  }

  #adjust(wanted: readonly BundleMember[]): void {
    if (performance.now() - this.#redialledAtMs < REDIAL_MS) return;
    for (const member of this.#members) {
      if (!member.seen(wanted.find(({ id }) => id === member.link.id)?.rate ?? null)) continue;
      this.#redialledAtMs = performance.now();
      this.#notice(
        `member ${member.link.id} is dialled anew: it carries ${Math.round((member.rate ?? 0) / 1_000)} kB/s`,
      );
      return;
    }
  }

  #owner(): MemberOwner {
    return {
      bundle: () => this.#bundle,
      secret: () => chapSecret(this.#key()),
      log: this.#log,
      notice: this.#notice,
      bundleMade: () => void giveQueue(this.#notice),
      keep: (master) => {
        if (!this.#masters.includes(master)) this.#masters = [...this.#masters, master];
      },
      bundleEnded: (bundle) => {
        if (bundle !== this.#bundle) return;
        this.#bundle = newBundle();
        this.#notice("the bundle has ended at one end; another one is begun");
        void this.#inTurn(async () => {
          const before = this.#members;
          this.#members = [];
          await Promise.all(before.map((member) => member.end()));
          await this.#endMasters();
          await this.#agree();
        });
      },
    };
  }

  async #endMasters(): Promise<void> {
    const masters = this.#masters;
    this.#masters = [];
    await Promise.all(masters.map((master) => master.end()));
  }

  async #look(): Promise<void> {
    const measures = (await Promise.all(this.#members.map((member) => this.#measure(member)))).flat();
    const before = membersIn(this.#standings);
    this.#standings = judgeMembers(this.#standings, this.#known(), measures, performance.now());
    const now = membersIn(this.#standings);
    for (const id of before.filter((each) => !now.includes(each)))
      this.#notice(`${id} is set aside: the others carry more without it`);
    for (const id of now.filter((each) => !before.includes(each))) this.#notice(`${id} is tried in the bundle again`);
    if (before.join() === now.join()) return;
    await this.#inTurn(() => this.#agree()).catch(() => undefined);
    this.#asideChanged();
  }

  async #measure(member: Member): Promise<readonly MemberMeasure[]> {
    if (!member.isUp) return [];
    const upAtSec = (Date.now() - (performance.now() - member.upSinceMs)) / 1_000;
    const answers = parseEchoTimes(await readRing(member.echoFile), ANSWERS).filter(({ atSec }) => atSec > upAtSec);
    if (answers.length < ENOUGH) return [];
    const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const echoMs = times[Math.floor((times.length - 1) * 0.8)] ?? 0;
    return [{ id: member.link.id, rate: member.rate ?? UNKNOWN_RATE, echoMs }];
  }

  #inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(job);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function tunnelOf({ slot }: BundleMember): string {
  return `${MEMBER_PREFIX}${slot}`;
}

/** Whether a member that is to leave may carry on until one that joins is up: not where that one takes its tunnel. */
function canHold(member: Member, joining: readonly BundleMember[]): boolean {
  return member.isUp && joining.length > 0 && joining.every(({ slot }) => slot !== member.link.slot);
}

/** A link with other rates is the same. */
function isSame(a: BundleMember, b: BundleMember): boolean {
  return a.id === b.id && a.slot === b.slot && a.interface === b.interface && a.address === b.address;
}

function newBundle(): string {
  return randomBytes(8).toString("hex");
}

async function readRing(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const bytes = Buffer.alloc(RING_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, RING_BYTES, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return Buffer.alloc(0);
  }
}
