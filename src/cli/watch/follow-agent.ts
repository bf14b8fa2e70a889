import type { AgentClient } from "../../inspector/client.ts";
import type { Status } from "../../inspector/types.ts";
import type { JournalEntry } from "../../journal/types.ts";
import { socketChange } from "./socket-change.ts";

export interface FollowOptions {
  readonly client: AgentClient;
  /** Path of the control socket, whose coming back is waited for. */
  readonly socket: string;
  /** How many past entries the stream begins with. */
  readonly past: number;
  /** Asks for the status this often too, for what has no event: counters. Null: only when something happened. */
  readonly everyMs: number | null;
  readonly onStatus: (status: Status) => void;
  readonly onEntry: (entry: JournalEntry) => void;
  /** Once for each absence. */
  readonly onAway: (why: string) => void;
  readonly signal: AbortSignal;
}

/** Entries come in bursts: asked so much later than the first of one, the status has what most of it did. */
const BURST_MS = 50;
/** From one status to the next at least, however much happens: many may watch one agent. */
const PAUSE_MS = 450;

/**
 * Tells what the agent's status is, at first and whenever something has happened, and what happened. When the agent goes away,
 * waits until it is back. Resolves when `signal` is aborted; rejects, as the client does, when the agent is not there at first.
 */
export async function followAgent(options: FollowOptions): Promise<void> {
  const { client, socket, onStatus, onAway, signal } = options;
  onStatus(await client.status());
  let isAway = false;
  while (!signal.aborted) {
    const why = await whileConnected({
      ...options,
      onStatus: (status) => {
        isAway = false;
        onStatus(status);
      },
    });
    if (signal.aborted) return;
    if (!isAway) onAway(why);
    isAway = true;
    await socketChange(socket, signal);
  }
}

/** Follows until the agent, or the caller, ends it; resolves with why. Nothing that it began goes on afterwards. */
async function whileConnected(options: FollowOptions): Promise<string> {
  const { client, past, everyMs, onStatus, onEntry } = options;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  options.signal.addEventListener("abort", end);
  let why = "it has ended the stream";
  let wake = (): void => {};
  let isDue = false;
  const due = (): void => {
    isDue = true;
    wake();
  };

  /** Asks for one status after the other: at once, and then when one is due. */
  const refreshing = async (): Promise<void> => {
    const idleMs = everyMs === null ? null : everyMs - PAUSE_MS - BURST_MS;
    while (!ending.signal.aborted) {
      isDue = false;
      const status = await client.status(ending.signal);
      if (ending.signal.aborted) return;
      onStatus(status);
      await wait(PAUSE_MS, ending.signal);
      if (!isDue) await wait(idleMs, ending.signal, (resolve) => (wake = resolve));
      await wait(BURST_MS, ending.signal);
    }
  };
  const streaming = async (): Promise<void> => {
    for await (const entry of client.events({ follow: true, limit: past, signal: ending.signal })) {
      onEntry(entry);
      due();
    }
  };
  const note = (error: unknown): void => {
    if (!ending.signal.aborted) why = error instanceof Error ? error.message : String(error);
  };
  await Promise.all([refreshing().catch(note).finally(end), streaming().catch(note).finally(end)]);
  options.signal.removeEventListener("abort", end);
  return why;
}

/** Resolves after `ms` (null: never by itself), when `signal` is aborted, or by what `onWaiting` is given. */
function wait(ms: number | null, signal: AbortSignal, onWaiting?: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = ms === null ? undefined : setTimeout(end, ms);
    signal.addEventListener("abort", end);
    onWaiting?.(end);
    if (signal.aborted) end();
  });
}
