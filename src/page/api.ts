import type { MachineDefinition, PortAction, RankChange, Status } from "../inspector/types.ts";
import type { JournalEntry } from "../journal/types.ts";

const TOKEN = "wanherd-token";
/** Entries that are asked for at once: what the agent looks through its files for. */
const MOST_EARLIER = 10_000;

/** What the agent, or who stands between, answered instead of what was asked for; `code` as in its `error` field. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

/** Takes the token out of the address, if it is there, and keeps it for this tab: the address may be shown or shared. */
export function takeToken(): void {
  const [, token] = /^#([A-Za-z0-9_-]{22})$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  sessionStorage.setItem(TOKEN, token);
  history.replaceState(null, "", location.pathname);
}

export interface StatusAnswer {
  readonly status: Status;
  /** The time of the answer by the agent's computer, in ms, to a second. */
  readonly at: number;
}

/** What the agent says; rejects Refused, or TypeError when nobody answers. */
export const api = {
  async status(): Promise<StatusAnswer> {
    const answer = await ask("/v1/status");
    return { status: (await answer.json()) as Status, at: Date.parse(answer.headers.get("date") ?? "") };
  },

  async machines(): Promise<readonly MachineDefinition[]> {
    return (await (await ask("/v1/machines")).json()) as readonly MachineDefinition[];
  },

  /** All that the agent has in memory, oldest first. */
  past: (): Promise<readonly JournalEntry[]> => entriesOf("/v1/events"),

  /** The newest of what happened from a time to another, in ms, also what only the disk has; oldest first. */
  between(from: number, to: number): Promise<readonly JournalEntry[]> {
    const [first, last] = [from, to].map((at) => new Date(at).toISOString());
    return entriesOf(`/v1/events?from=${first}&to=${last}&limit=${MOST_EARLIER}`);
  },

  /** What happens from here on; ends when the agent, or the network, ends it. */
  async follow(since: number, take: (entry: JournalEntry) => void): Promise<void> {
    const answer = await ask(`/v1/events?follow=true&since=${since}`);
    const decoder = new TextDecoder();
    let rest = "";
    // Not EventSource: it can send no token.
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const lines = (rest + decoder.decode(read.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ")) take(JSON.parse(line.slice(6)) as JournalEntry);
    }
  },

  async act(port: string, action: PortAction, now = false): Promise<void> {
    await post(`/v1/ports/${port}/${action}${now ? "?now=true" : ""}`, {});
  },

  async move(port: string, to: NonNullable<RankChange["role"]>): Promise<void> {
    await post(`/v1/ports/${port}/move`, { to });
  },

  async setRank(uplink: string, change: RankChange): Promise<void> {
    await post(`/v1/uplinks/${encodeURIComponent(uplink)}`, change);
  },
};

async function entriesOf(path: string): Promise<readonly JournalEntry[]> {
  const text = await (await ask(path)).text();
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as JournalEntry]));
}

async function post(path: string, body: object): Promise<void> {
  await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { ...init, headers, cache: "no-store" });
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as { readonly error?: unknown; readonly message?: unknown };
  throw new Refused(String(told.error ?? answer.status), String(told.message ?? `HTTP status ${answer.status}`));
}
