import { createKeptNft, type KeptNft } from "./kept-nft.ts";
import { hex, MARK_MASK } from "./marks.ts";

/** Holds what open connections need while our table is missing. */
export interface Guard {
  /** For these interfaces. Returns at once; `refused` is told when it can't be had, and tried again at the next change. */
  hold(interfaces: readonly string[]): void;
  /** Lets go of it. */
  release(): Promise<void>;
}

const GUARD_TABLE = "inet wanherd_guard";
/** Fewer than a kept nft does before it starts anew by itself, which here would leave nobody to own the table. */
const MAX_RUNS = 100;

/**
 * A second, small table that nobody but its owner can flush or delete: `flags owner` (nft(8), Linux 5.12) binds it to the
 * process that made it, and it goes with that. Without it, between somebody's `nft flush ruleset` and our repair,
 * the answers to the LAN's connections would reach the gateway itself, which resets them: nat stops where no table has a nat
 * chain. With it they go on, over their own links by the connection's mark, and new ones leave behind our address.
 * While our table is there it changes nothing: packets have their mark, and connections their address, by then.
 */
export function createGuard(options: { nft: string; timeoutMs: number; refused: () => void }): Guard {
  const start = (): KeptNft => createKeptNft({ command: options.nft, timeoutMs: options.timeoutMs });
  let owner: KeptNft | null = null;
  let runs = 0;
  let held = "";
  let wasRefused = false;
  let last: Promise<void> = Promise.resolve();

  async function replace(interfaces: readonly string[]): Promise<void> {
    const text = renderGuard(interfaces);
    if (text === held) return;
    if (runs >= MAX_RUNS) await release();
    owner ??= start();
    runs += 1;
    held = (await owner.run(text)) ? text : "";
    if (held === "" && !wasRefused) options.refused();
    wasRefused = held === "";
  }

  async function release(): Promise<void> {
    await owner?.close();
    owner = null;
    runs = 0;
    held = "";
  }

  return {
    hold: (interfaces) => {
      last = last.then(() => (interfaces.length === 0 ? release() : replace(interfaces)));
    },
    release: () => {
      last = last.then(release);
      return last;
    },
  };
}

/** The guard's table as one transaction. */
export function renderGuard(interfaces: readonly string[]): string {
  const bits = hex(MARK_MASK);
  return `add table ${GUARD_TABLE} { flags owner; }
delete table ${GUARD_TABLE}
table ${GUARD_TABLE} {
	flags owner;
	set links {
		type ifname;
		elements = { ${interfaces.map((name) => `"${name}"`).join(", ")} };
	}
	chain prerouting {
		type filter hook prerouting priority mangle + 1; policy accept;
		meta mark 0 meta nfproto ipv4 ct mark & ${bits} != 0 meta mark set ct mark & ${bits}
	}
	chain postrouting {
		type nat hook postrouting priority srcnat + 1; policy accept;
		meta nfproto ipv4 oifname @links masquerade
	}
}
`;
}
