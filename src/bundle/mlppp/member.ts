import { failureFrom } from "../../../machines/failure.ts";
import type { BundleMember } from "../types.ts";
import { announce } from "./announce.ts";
import type { Announcement, Answer } from "./control-protocol.ts";
import { measureMember } from "./measure-member.ts";
import { MemberEcho } from "./member-echo.ts";
import { gatewayOptions } from "./pppd-options.ts";
import { type LinkEvent, type LinkProcess, runLink } from "./run-link.ts";
import { believedRate, isWorthARedial, type MemberSpeed, speedOf } from "./speeds.ts";

/** Before the nth dial in a row that failed; the last value stays. */
const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000] as const;

/** The bundle that a member dials into. */
export interface MemberOwner {
  /** Its present name, 16 hexadecimal digits. */
  bundle(): string;
  secret(): string;
  log(line: string): void;
  notice(text: string): void;
  /** Whether what was known of its link holds: not since it was set aside. */
  knows(): boolean;
  /** Resolves when it may dial (opening.ts). */
  turn(member: number): Promise<void>;
  /** It does not dial, or not any more. */
  passed(member: number): void;
  /** A bundle has been made, and IP goes through it. */
  bundleMade(): void;
  /** The concentrator has no such bundle any more, or the process that held it here has ended. */
  bundleEnded(bundle: string): void;
  /** A master whose link is gone: its owner keeps it for as long as the bundle lasts. */
  keep(master: LinkProcess): void;
}

/** For tests. */
export interface MemberPrograms {
  readonly announce: (member: number, announcement: Announcement, signal: AbortSignal) => Promise<Answer>;
  readonly measure: typeof measureMember;
  readonly runLink: typeof runLink;
  readonly echo: (member: number) => Pick<MemberEcho, "ask" | "lateMs" | "end">;
}

const PROGRAMS: MemberPrograms = {
  announce,
  measure: measureMember,
  runLink,
  echo: (member) => new MemberEcho(member),
};

/**
 * One link's part in the bundle: measured, announced, dialled, and dialled anew with backoff until it is ended. A pppd process that made the
 * bundle owns it and cannot dial again: it stays as its master, and another process takes up the link.
 */
export class Member {
  readonly link: BundleMember;
  /** 1–8. */
  readonly number: number;
  isUp = false;
  /** What its link carries, bytes a second. */
  #rate: number | null;
  #measured: number | null = null;
  readonly #owner: MemberOwner;
  readonly #programs: MemberPrograms;
  readonly #echo: ReturnType<MemberPrograms["echo"]>;
  #process: LinkProcess | null = null;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  readonly #abort = new AbortController();
  #measuring: AbortController | null = null;
  /** Who waits until it is up. */
  #waiting: readonly (() => void)[] = [];

  constructor(link: BundleMember, number: number, owner: MemberOwner, programs = PROGRAMS) {
    this.link = link;
    this.number = number;
    this.#rate = link.rate;
    this.#owner = owner;
    this.#programs = programs;
    this.#echo = programs.echo(number);
  }

  /** What it is dialled with. */
  get speed(): MemberSpeed {
    return speedOf(this.#rate);
  }

  /** Bytes a second that its link carries; null: nothing is known of it. */
  get rate(): number | null {
    return this.#rate;
  }

  /** Asks over it once more; `lateMs` is what came of it. */
  ask(): void {
    this.#echo.ask();
  }

  /** How long an answer takes over its link, in ms; null: none came yet, or it is not up. */
  lateMs(): number | null {
    return this.isUp ? this.#echo.lateMs() : null;
  }

  dial(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    void this.#dial();
  }

  /** Nobody else carries: it is dialled without being measured first. Resolves when it is up, or ended. */
  hurry(): Promise<void> {
    this.#measuring?.abort();
    if (this.isUp || this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, resolve];
    });
  }

  /**
   * Its link was seen to carry this many bytes a second. What was measured when it joined is newer than what was known then, and stands
   * unless the link has carried more since. Returns whether it is dialled anew for that; the others carry meanwhile.
   */
  seen(rate: number | null): boolean {
    const isNews = rate !== null && rate > (this.link.rate ?? 0);
    const now = this.#measured === null ? rate : isNews ? Math.max(rate, this.#measured) : this.#measured;
    if (!this.isUp || !isWorthARedial(this.speed, speedOf(now))) return false;
    this.#rate = now;
    this.#process?.hangUp();
    return true;
  }

  /** No more of it. The master among them is handed to the owner. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#tellWaiting();
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#owner.passed(this.number);
    this.#echo.end();
    const process = this.#process;
    this.isUp = false;
    if (process === null) return;
    if (process.isMaster()) {
      this.#owner.keep(process);
      process.hangUp();
    } else await process.end();
  }

  async #dial(): Promise<void> {
    if (this.#measured === null) await this.#measure();
    if (this.#isOver) return;
    await this.#owner.turn(this.number);
    if (this.#isOver) return this.#owner.passed(this.number);
    const bundle = this.#owner.bundle();
    const { speed, pace } = this.speed;
    try {
      const answer = await this.#programs.announce(
        this.number,
        { type: "join", bundle, speed, pace },
        this.#abort.signal,
      );
      if (this.#isOver) return;
      if (answer === "gone") {
        this.#owner.bundleEnded(bundle);
        this.#later();
        return;
      }
      if (bundle !== this.#owner.bundle()) {
        this.dial();
        return;
      }
    } catch (error) {
      if (this.#isOver) return;
      this.#owner.notice(failureFrom(error).message);
      this.#later();
      return;
    }
    const args = gatewayOptions({ member: this.number, bundle, speed: this.speed });
    const running: LinkProcess = this.#programs.runLink(
      { args, secret: this.#owner.secret(), log: (line) => this.#owner.log(`member ${this.number}: ${line}`) },
      (event) => this.#heard(event, running, bundle),
    );
    this.#process = running;
  }

  async #measure(): Promise<void> {
    const measuring = new AbortController();
    this.#measuring = measuring;
    const either = AbortSignal.any([measuring.signal, this.#abort.signal]);
    const measured = await this.#programs.measure(this.number, this.link.interface, either);
    this.#measuring = null;
    if (measured === null || measuring.signal.aborted) return;
    this.#rate = this.#measured = believedRate(measured, this.#owner.knows() ? this.link.rate : null);
    this.#owner.notice(`member ${this.link.id} carries ${Math.round(this.#rate / 1_000)} kB/s`);
  }

  #heard(event: LinkEvent, process: LinkProcess, bundle: string): void {
    if (event.type === "exited") {
      if (process.isMaster()) this.#owner.bundleEnded(bundle);
      return;
    }
    if (this.#process !== process) return;
    if (event.type === "up") {
      this.isUp = true;
      this.#tellWaiting();
      this.#attempts = 0;
      return;
    }
    if (event.type === "network") {
      this.#owner.bundleMade();
      return;
    }
    this.#process = null;
    this.isUp = false;
    if (process.isMaster()) this.#owner.keep(process);
    if (this.#isOver) return;
    this.#owner.notice(event.failure.message);
    // Nobody else can bring up IP in it.
    if (process.isMaster() && !process.hasNetwork()) this.#owner.bundleEnded(bundle);
    else this.#later();
  }

  #tellWaiting(): void {
    for (const tell of this.#waiting) tell();
    this.#waiting = [];
  }

  #later(): void {
    this.#owner.passed(this.number);
    const waitMs = BACKOFF_MS[Math.min(this.#attempts++, BACKOFF_MS.length - 1)] ?? 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dial(), waitMs);
  }
}
