import type { Announcement, Answer } from "../../bundle/mlppp/control-protocol.ts";
import { concentratorOptions } from "../../bundle/mlppp/pppd-options.ts";
import { type LinkProcess, runLink } from "../../bundle/mlppp/run-link.ts";

/** Names of bundles that have ended, so that a gateway that did not notice is told. */
const REMEMBERED = 16;

type MemberNews = Exclude<Announcement, { type: "measure" }>;

interface Link {
  readonly process: LinkProcess;
  readonly member: number;
}

/** The concentrator's end of the gateway's bundle: one at a time, as there is one gateway to a key. */
export class BundleEnd {
  readonly #secrets: string;
  readonly #tell: (text: string) => void;
  readonly #run: typeof runLink;
  readonly #made: () => void;
  #bundle: string | null = null;
  #ended: readonly string[] = [];
  /** All processes of this bundle, also a master without a link. */
  #links: readonly Link[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /** `made` is called when the bundle's interface has been made. */
  constructor(options: { secrets: string; tell: (text: string) => void; made: () => void; run?: typeof runLink }) {
    this.#made = options.made;
    this.#secrets = options.secrets;
    this.#tell = options.tell;
    this.#run = options.run ?? runLink;
  }

  /** What the gateway said over `member` of its bundle. */
  announced(member: number, announcement: MemberNews): Promise<Answer> {
    const turn = this.#last.then(() => this.#hear(member, announcement));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    await this.#last;
    await this.#end();
  }

  async #hear(member: number, announcement: MemberNews): Promise<Answer> {
    const { bundle } = announcement;
    if (announcement.type === "leave") {
      if (bundle === this.#bundle) this.#drop(announcement.member);
      return "ok";
    }
    if (this.#ended.includes(bundle)) return "gone";
    if (this.#bundle !== bundle) {
      await this.#end();
      this.#bundle = bundle;
    }
    await this.#replace(member);
    const { speed, pace } = announcement;
    const args = concentratorOptions({ member, bundle, speed: { speed, pace }, secrets: this.#secrets });
    const process = this.#run({ args, secret: "", log: (line) => this.#tell(`member ${member}: ${line}`) }, (event) => {
      if (event.type === "up") {
        this.#tell(`member ${member} has joined`);
        if (process.isMaster()) this.#made();
      }
      if (event.type === "down") this.#tell(`member ${member} has left: ${event.failure.message}`);
      if (event.type === "exited") this.#gone(process, bundle);
    });
    this.#links = [...this.#links, { process, member }];
    return "ok";
  }

  /** What was left of its last call, which the gateway knows to be over. A master stays, without a link. */
  async #replace(member: number): Promise<void> {
    const before = this.#links.filter((link) => link.member === member);
    await Promise.all(
      before.map(async ({ process }) => {
        if (process.isMaster()) process.hangUp();
        else await process.end();
      }),
    );
  }

  #drop(member: number): void {
    for (const link of this.#links.filter((each) => each.member === member)) link.process.hangUp();
  }

  #gone(process: LinkProcess, bundle: string): void {
    this.#links = this.#links.filter((link) => link.process !== process);
    // The kernel's bundle has gone with it, under the feet of the other links.
    if (process.isMaster() && bundle === this.#bundle) {
      const turn = this.#last.then(() => this.#end());
      this.#last = turn.catch(() => undefined);
    }
  }

  async #end(): Promise<void> {
    const bundle = this.#bundle;
    this.#bundle = null;
    if (bundle !== null) this.#ended = [...this.#ended, bundle].slice(-REMEMBERED);
    await Promise.all(this.#links.map((link) => link.process.end()));
  }
}
