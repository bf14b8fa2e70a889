import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { markOf } from "../../net/marks.ts";
import type { UplinkId } from "../../net/types.ts";
import type { BundleMember, BundleStart } from "../types.ts";
import { concentratorAddressOf, gatewayAddressOf, MAX_MEMBERS, MEMBER_PREFIX, TUNNEL_MTU } from "./addresses.ts";
import { insist } from "./announce.ts";
import type { MemberMeasure } from "./expected-rate.ts";
import { asideIn, isInDoubt, judgeMembers, membersIn, type Standings } from "./judge-members.ts";
import { chapSecret } from "./keys.ts";
import { Member, type MemberOwner } from "./member.ts";
import { Opening } from "./opening.ts";
import { giveQueue } from "./queue.ts";
import type { LinkProcess } from "./run-link.ts";
import { makeTunnel, removeTunnels, tunnels } from "./wireguard.ts";
import { memberConfig } from "./wireguard-config.ts";

/** Between two looks at how late the members are: while the bundle is used or one is in doubt, and while it idles. */
const LOOK_MS = 500;
const IDLE_LOOK_MS = 10_000;
/** A redial for another speed, of one member at a time. */
const REDIAL_MS = 60_000;
/** How long a member that is to leave, and is the last that carries, waits for one that is about to: a bundle ends with its last link. */
const HANDOVER_MS = 10_000;
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
  readonly #opening = new Opening();
  #members: readonly Member[] = [];
  #candidates: readonly BundleMember[] = [];
  #masters: readonly LinkProcess[] = [];
  #standings: Standings = new Map();
  /** Numbers of members that have left, of which the concentrator is yet to hear. */
  readonly #leaving = new Set<number>();
  #farewells = new AbortController();
  #redialledAtMs = Number.NEGATIVE_INFINITY;
  #isUsed = false;
  /** Of the next look; there is one from the first `follow` on. */
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
      if (this.#timer === undefined) this.#lookSoon();
    });
  }

  /** Ends all of it, and takes out what a killed agent left. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      // Here and not before: a `follow` that waited its turn would have begun it anew.
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#candidates = [];
      const hadAside = this.aside().length > 0;
      this.#standings = new Map();
      if (hadAside) this.#asideChanged();
      await this.#agree();
      await this.#endMasters();
      this.#endFarewells();
      if (!existsSync(this.#folder)) return;
      await removeTunnels((await tunnels()).filter((name) => name.startsWith(MEMBER_PREFIX)));
      await rm(this.#folder, { recursive: true, force: true });
    });
  }

  /** Whether somebody uses the bundle: each question costs a little of a link's volume. */
  used(isUsed: boolean): void {
    const wasUsed = this.#isUsed;
    this.#isUsed = isUsed;
    if (!isUsed || wasUsed || this.#timer === undefined) return;
    // So that the next look has an answer to go by.
    for (const member of this.#members) member.ask();
    this.#lookSoon();
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
    const holding = staying.some(({ isUp }) => isUp) ? [] : leaving.filter((member) => canHold(member, wanted));
    await this.#part(leaving.filter((member) => !holding.includes(member)));
    for (const link of joining) await this.#join(link);
    if (holding.length > 0) {
      const coming = this.#members.filter((member) => !holding.includes(member)).map((member) => member.hurry());
      if (coming.length > 0) await Promise.race([...coming, pause(HANDOVER_MS, undefined, { ref: false })]);
      await this.#part(holding);
    }
    this.#adjust(wanted);
  }

  async #part(leaving: readonly Member[]): Promise<void> {
    this.#members = this.#members.filter((member) => !leaving.includes(member));
    await Promise.all(leaving.map((member) => this.#leave(member)));
  }

  async #join(link: BundleMember): Promise<void> {
    const start = this.#start;
    if (start === null) return;
    const taken = new Set([...this.#members.map(({ number }) => number), ...this.#leaving]);
    const number = Array.from({ length: MAX_MEMBERS }, (_, index) => index + 1).find((each) => !taken.has(each));
    if (number === undefined) return;
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
    const member = new Member(link, number, this.#owner(link.id));
    this.#members = [...this.#members, member];
    member.dial();
  }

  async #leave(member: Member): Promise<void> {
    this.#tellLeft(member.number);
    await member.end();
    await removeTunnels([tunnelOf(member.link)]);
  }

  /** The concentrator would go on sending into it. Until it has heard it, nobody gets this number. */
  #tellLeft(number: number): void {
    this.#leaving.add(number);
    const up = (): readonly number[] => this.#members.filter(({ isUp }) => isUp).map((member) => member.number);
    const announcement = { type: "leave", bundle: this.#bundle, member: number } as const;
    void insist(up, announcement, this.#farewells.signal).then(() => {
      this.#leaving.delete(number);
      // One more may have room now.
      this.#inTurn(() => this.#agree()).catch(() => undefined);
    });
  }

  #adjust(wanted: readonly BundleMember[]): void {
    if (performance.now() - this.#redialledAtMs < REDIAL_MS) return;
    // The bundle ends with its last link.
    if (this.#members.filter(({ isUp }) => isUp).length < 2) return;
    for (const member of this.#members) {
      if (!member.seen(wanted.find(({ id }) => id === member.link.id)?.rate ?? null)) continue;
      this.#redialledAtMs = performance.now();
      this.#notice(
        `member ${member.link.id} is dialled anew: it carries ${Math.round((member.rate ?? 0) / 1_000)} kB/s`,
      );
      return;
    }
  }

  #owner(id: UplinkId): MemberOwner {
    return {
      bundle: () => this.#bundle,
      secret: () => chapSecret(this.#key()),
      log: this.#log,
      notice: this.#notice,
      knows: () => (this.#standings.get(id)?.times ?? 0) === 0,
      turn: (member) => this.#opening.turn(member),
      passed: (member) => this.#opening.failed(member),
      bundleMade: () => {
        this.#opening.opened();
        void giveQueue(this.#notice);
      },
      keep: (master) => {
        if (!this.#masters.includes(master)) this.#masters = [...this.#masters, master];
      },
      bundleEnded: (bundle) => {
        if (bundle !== this.#bundle) return;
        this.#bundle = newBundle();
        this.#opening.closed();
        this.#notice("the bundle has ended at one end; another one is begun");
        void this.#inTurn(async () => {
          const before = this.#members;
          this.#members = [];
          this.#endFarewells();
          await Promise.all(before.map((member) => member.end()));
          await this.#endMasters();
          await this.#agree();
        });
      },
    };
  }

  #endFarewells(): void {
    this.#farewells.abort();
    this.#farewells = new AbortController();
  }

  async #endMasters(): Promise<void> {
    const masters = this.#masters;
    this.#masters = [];
    await Promise.all(masters.map((master) => master.end()));
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#look();
        this.#lookSoon();
      },
      this.#isUsed || isInDoubt(this.#standings) ? LOOK_MS : IDLE_LOOK_MS,
    );
  }

  #look(): void {
    const measures = this.#members.flatMap((member): MemberMeasure[] => {
      const echoMs = member.lateMs();
      return echoMs === null ? [] : [{ id: member.link.id, rate: member.rate ?? UNKNOWN_RATE, echoMs }];
    });
    for (const member of this.#members) member.ask();
    const before = membersIn(this.#standings);
    this.#standings = judgeMembers(this.#standings, this.#known(), measures, performance.now());
    const now = membersIn(this.#standings);
    for (const id of before.filter((each) => !now.includes(each))) {
      const late = Math.round(measures.find((each) => each.id === id)?.echoMs ?? 0);
      this.#notice(`${id} is set aside: it answers after ${late} ms, and the others carry more without it`);
    }
    for (const id of now.filter((each) => !before.includes(each))) this.#notice(`${id} is tried in the bundle again`);
    if (before.join() === now.join()) return;
    this.#inTurn(() => this.#agree()).catch(() => undefined);
    this.#asideChanged();
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

/** Whether a member that is to leave may stay until another one is up: not where that one takes its tunnel. */
function canHold(member: Member, others: readonly BundleMember[]): boolean {
  return member.isUp && others.length > 0 && others.every(({ slot }) => slot !== member.link.slot);
}

/** A link with other rates is the same. */
function isSame(a: BundleMember, b: BundleMember): boolean {
  return a.id === b.id && a.slot === b.slot && a.interface === b.interface && a.address === b.address;
}

function newBundle(): string {
  return randomBytes(8).toString("hex");
}
