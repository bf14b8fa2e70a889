import { execa } from "execa";
import { OUTPUT_LIMIT, programEnvironment } from "../process/program-result.ts";

/**
 * Somebody else's base chain through which the LAN's packets have to pass, and which drops what it does not know. Our table
 * cannot overrule it: a packet is through when no chain of any table has dropped it (nft(8), "accept").
 */
export interface ForwardBlock {
  readonly family: "ip" | "inet";
  readonly table: string;
  readonly chain: string;
  /** It is Docker's, or it came before Docker: rules of one's own belong into its chain DOCKER-USER. */
  readonly isDocker: boolean;
}

const TIMEOUT_MS = 10_000;
const MOST_BLOCKS = 8;
const DOCKER_USER = "DOCKER-USER";
/** nft's names of tables and chains, narrowed to what can be put into a line to copy. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** The blocks in what `nft -j list chains` printed, whether they let the LAN pass or not. Throws SyntaxError. */
export function parseForwardBlocks(json: string): ForwardBlock[] {
  const chains = chainsIn(JSON.parse(json));
  return chains.flatMap(({ family, table, name, hook, policy }): ForwardBlock[] => {
    if ((family !== "ip" && family !== "inet") || hook !== "forward" || policy !== "drop") return [];
    const isDocker = chains.some((each) => each.family === family && each.table === table && each.name === DOCKER_USER);
    return [{ family, table, chain: name, isDocker }];
  });
}

function chainsIn(value: unknown): Chain[] {
  const { nftables } = (value ?? {}) as { nftables?: unknown };
  const entries = Array.isArray(nftables) ? (nftables as ({ chain?: Partial<Chain> } | null)[]) : [];
  return entries.flatMap((entry): Chain[] => {
    const { family, table, name, hook, policy } = entry?.chain ?? {};
    if (![family, table, name].every((word) => typeof word === "string" && NAME.test(word))) return [];
    return [{ family, table, name, hook, policy } as Chain];
  });
}

/**
 * The blocks whose table says nothing of the LAN's interface, and so lets none of its packets pass. Never rejects: where nft
 * cannot be asked (not installed, no rights), none is known of.
 */
export async function findForwardBlocks(lan: string): Promise<readonly ForwardBlock[]> {
  try {
    const blocks = parseForwardBlocks(await nft(["-j", "list", "chains"])).slice(0, MOST_BLOCKS);
    const texts = await Promise.all(
      blocks.map(({ family, table }) => nft(["-s", "-t", "list", "table", family, table])),
    );
    return blocks.filter((_, index) => texts[index]?.includes(`"${lan}"`) === false);
  } catch {
    return [];
  }
}

async function nft(args: readonly string[]): Promise<string> {
  const { stdout } = await execa("nft", args, {
    stdin: "ignore",
    extendEnv: false,
    env: programEnvironment(),
    maxBuffer: OUTPUT_LIMIT,
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  return stdout;
}

export function blockText({ family, table, chain, isDocker }: ForwardBlock, lan: string): string {
  const whose = isDocker ? "Docker's firewall" : "another firewall";
  return `${whose} (table ${family} ${table}, chain ${chain}, policy drop) drops what ${lan}'s clients send to the links`;
}

/** The commands that let the LAN pass, and answers to it; `lan` is an interface's name as the config may have it. Reboots undo them: they belong where the firewall is set up. */
export function mendForBlock({ family, table, chain, isDocker }: ForwardBlock, lan: string): string {
  if (isDocker)
    return [
      `iptables -I ${DOCKER_USER} -i ${lan} -j ACCEPT`,
      `iptables -I ${DOCKER_USER} -o ${lan} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    ].join(" && ");
  const insert = `nft insert rule ${family} ${table} ${chain}`;
  return `${insert} iifname ${lan} accept && ${insert} oifname ${lan} ct state established,related accept`;
}

/** Between two looks: each pool change is an occasion, and a firewall seldom changes. */
const LOOK_MS = 60_000;

/** Tells of blocks when asked to look, at most once a minute, and only what was not told before. */
export class ForwardNotices {
  readonly #tell: (text: string) => void;
  readonly #find: typeof findForwardBlocks;
  #told: ReadonlySet<string> = new Set();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(tell: (text: string) => void, find = findForwardBlocks) {
    this.#tell = tell;
    this.#find = find;
  }

  async look(lan: string, nowMs: number): Promise<void> {
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const blocks = await this.#find(lan);
    const texts = blocks.map((block) => `${blockText(block, lan)}; what mends it: ${mendForBlock(block, lan)}`);
    for (const text of texts) if (!this.#told.has(text)) this.#tell(text);
    this.#told = new Set(texts);
  }
}
