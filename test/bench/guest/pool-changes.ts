// Run in the guest: `pool-changes.js LINKS CHANGES ["quiet"]` has the real reconciler change the pool so often, over links that
// are there already (lnk1, lnk2, …), and prints what that cost as JSON. Unless quiet, the table is listed all the while. The
// last state stays until SIGTERM, so that whoever connects meanwhile can end first.
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createExpectedListing } from "../../../src/net/expected-listing.ts";
import { readTable } from "../../../src/net/kernel-drift.ts";
import { readMtus } from "../../../src/net/mtu.ts";
import { createReconciler } from "../../../src/net/reconciler.ts";
import { renderNft } from "../../../src/net/render-nft.ts";
import { listingDrift, type TableListing } from "../../../src/net/table-listing.ts";
import type { DesiredNetwork, UplinkId } from "../../../src/net/types.ts";
import type { PoolChangesReport, Usage } from "../pool-changes.ts";

const TIMEOUT_MS = 60_000;
/** Between two listings, so that what they cost is not what is measured. */
const LISTING_PAUSE_MS = 500;
/** Changes after which all comes round again. */
const PERIOD = 12;
/** Of those, a link takes new connections in the first, only keeps what it has in the next, and is gone in the rest. */
const PICKED = 5;
const PRESENT = 9;

/** The `turn`th state: the first link always takes connections; each other leaves, drained before, and comes back. */
function stateOf(turn: number, links: number): DesiredNetwork {
  const phase = (slot: number): number => (slot === 1 ? 0 : (turn + 5 * slot) % PERIOD);
  const slots = Array.from({ length: links }, (_, index) => index + 1).filter((slot) => phase(slot) < PRESENT);
  return {
    lan: "lan-br",
    by: "connection",
    uplinks: slots.map((slot) => ({
      slot,
      id: `lnk${slot}` as UplinkId,
      interface: `lnk${slot}`,
      address: `10.70.${slot}.2`,
      via: `10.70.${slot}.1`,
    })),
    pick: slots.filter((slot) => phase(slot) < PICKED).map((slot) => ({ slot, weight: 1 + ((turn + slot) % 3) })),
    pins: [],
  };
}

// As the agent has it (src/main.ts); and what is in use can be told from what waits to be collected.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const [links = 2, changes = 60] = process.argv.slice(2, 4).map(Number);
const isQuiet = process.argv[4] === "quiet";
const states = Array.from({ length: PERIOD }, (_, turn) => stateOf(turn, links));
const expected = createExpectedListing({ unshare: "unshare", nft: "nft", timeoutMs: TIMEOUT_MS });
const wanted = new Map<string, TableListing>();
if (!isQuiet)
  for (const state of states) {
    const mtus = await readMtus(state.uplinks.map((link) => link.interface));
    const listing = await expected(renderNft(state, mtus));
    if (listing !== null) wanted.set(textOf(listing), listing);
  }

const reconciler = createReconciler({ onNotice: (text) => console.error(text) });
const costsMs: number[] = [];
let isOver = false;
let snapshots = 0;
let torn = 0;
const strange: string[] = [];

async function change(turn: number): Promise<void> {
  const from = performance.now();
  await reconciler.apply(states[turn % PERIOD] as DesiredNetwork);
  costsMs.push(performance.now() - from);
}

async function watch(): Promise<void> {
  while (!isOver) {
    const listing = await readTable("nft", TIMEOUT_MS);
    snapshots += 1;
    if (isTorn(listing)) torn += 1;
    else if (!wanted.has(textOf(listing))) strange.push(describe(listing));
    await pause(LISTING_PAUSE_MS);
  }
}

// Everything has been loaded and started once after a round.
for (let turn = 0; turn < PERIOD; turn++) await change(turn);
costsMs.length = 0;
const before = usage();
console.log("changing");
const watching = isQuiet ? Promise.resolve() : watch();
let halfway = before;
for (let turn = 0; turn < changes; turn++) {
  if (turn === Math.floor(changes / 2)) halfway = usage();
  await change(turn);
}
isOver = true;
await watching;
const report: PoolChangesReport = { costsMs, snapshots, torn, strange, usage: [before, halfway, usage()] };
const told = once(process, "SIGTERM");
const stays = setInterval(() => {}, TIMEOUT_MS);
console.log(JSON.stringify(report));
await told;
clearInterval(stays);
await reconciler.restore();
await reconciler.close();

/**
 * A wanted state, as the kernel tells of it while it takes an old table of the same name out of its list. The rules in force have been
 * changed all at once before, so no packet meets that; but a listing goes through the tables one after the other, and looks at each
 * object whether it counts just then (nf_tables_dump_chains, nf_tables_dump_rules, net/netfilter/nf_tables_api.c). So chains of the old
 * table are told of before those of the new one, mostly the same once more, and rules from some rule on are left out.
 */
function isTorn(listing: TableListing | null): boolean {
  if (listing === null || wanted.has(textOf(listing))) return false;
  return [...wanted.values()].some((state) => isTornFrom(state, listing));
}

function isTornFrom(state: TableListing, listing: TableListing): boolean {
  if ([...state.keys()].some((name) => !listing.has(name))) return false;
  let cuts = 0;
  const isPart = ([name, told]: readonly [string, readonly string[]]): boolean => {
    const rest = told.filter((each, index) => index === 0 || each !== told[0]);
    const whole = state.get(name);
    if (whole === undefined) return rest.length === 1 && isOfSome(name, rest[0]);
    if (rest.length > 1 && rest.length < whole.length) cuts += 1;
    return rest.every((each, index) => each === whole[index]);
  };
  return [...listing].every(isPart) && cuts <= 1;
}

function isOfSome(name: string, chain: string | undefined): boolean {
  return [...wanted.values()].some((state) => state.get(name)?.[0] === chain);
}

/** How a listing differs from the wanted state that it is most like, and whether all its parts are those of wanted states. */
function describe(listing: TableListing | null): string {
  const states = [...wanted.values()];
  const differences = states.map((state) => listingDrift(state, listing));
  const least = differences.reduce((best, each) => (each.length < best.length ? each : best));
  const known = new Set(states.flatMap((state) => [...state].map(partText)));
  const unknown = [...(listing ?? [])]
    .filter((part) => !known.has(partText(part)))
    .map(([name, content]) => `${name} (${content.length - 1} rules)`);
  return `${least.join(", ")}; ${unknown.length === 0 ? "each part is one of a wanted state" : `of no state: ${unknown.join(", ")}`}`;
}

function partText([name, content]: readonly [string, readonly string[]]): string {
  return JSON.stringify([name, content]);
}

function textOf(listing: ReadonlyMap<string, readonly string[]> | null): string {
  return listing === null ? "none" : JSON.stringify([...listing].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function usage(): Usage {
  collect();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1");
  return {
    processes: children.trim() === "" ? 0 : children.trim().split(" ").length,
    files: readdirSync("/proc/self/fd").length,
    handles: process.getActiveResourcesInfo().length,
    heapMb: process.memoryUsage().heapUsed / 1e6,
    residentMb: process.memoryUsage().rss / 1e6,
  };
}
