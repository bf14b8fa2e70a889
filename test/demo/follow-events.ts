import { parseLine } from "../../src/journal/parse-line.ts";
import type { JournalEntry } from "../../src/journal/types.ts";
import type { Guest } from "../bus/guest/guest.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";

export const AGENT_SOCKET = "/run/wanherd/agent.sock";
const URL = "http://localhost/v1/events?follow=true";
/** How long one question to the guest may wait for news: longer than any show. */
const PATIENCE_MS = 7 * 24 * 3_600_000;

/**
 * Tells `listener` each entry of the agent's journal as it happens. Waits in the guest for the next event frame instead of
 * asking again and again, which would cost the emulated processor more than the agent itself does.
 */
export async function followEvents(
  guest: Guest,
  listener: (entry: JournalEntry) => void,
): Promise<() => Promise<void>> {
  const curl = await guest.start(["curl", "-sN", "--unix-socket", AGENT_SOCKET, URL], {
    name: "the follower of events",
  });
  const following = follow(curl, listener);
  return async () => {
    await curl.stop();
    await following;
  };
}

/** Until the stream ends, as it does when the agent does. */
async function follow(curl: GuestProcess, listener: (entry: JournalEntry) => void): Promise<void> {
  let last: number | null = null;
  for (;;) {
    const frames: string[] | null = await curl.waitFor(framesAfter(last), PATIENCE_MS).catch(() => null);
    if (frames === null) return;
    const lines: readonly string[] = (frames[1] ?? "").split("\n");
    for (const line of lines) {
      const entry: JournalEntry | null = line.startsWith("data: ") ? parseLine(line.slice("data: ".length)) : null;
      if (entry === null) continue;
      last = entry.seq;
      listener(entry);
    }
  }
}

/** All whole frames after the one with this number (WHATWG HTML, 9.2.5: an empty line ends a frame). */
function framesAfter(seq: number | null): RegExp {
  return seq === null
    ? /((?:id: \d+\ndata: .*\n\n)+)/
    : new RegExp(`id: ${seq}\\ndata: .*\\n\\n((?:id: .*\\ndata: .*\\n\\n)+)`);
}
