import { parsePortPath } from "../hotplug/types.ts";
import { TOPICS } from "../journal/parse-line.ts";
import type { Topic } from "../journal/types.ts";
import { RequestRefused } from "./errors.ts";
import type { EventQuery } from "./event-pages.ts";

const COUNT = /^[0-9]{1,15}$/;
/** ISO 8601 with a zone: what a journal's entry has, or somebody types. */
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;
/** What is kept in memory at most while the newest are looked for. */
export const MAX_LIMIT = 10_000;
const MAX_TEXT = 100;
const KNOWN = new Set(["since", "port", "topic", "from", "to", "text", "limit", "follow"]);

/** What comes after the `?` of a URL. A name that is there twice has a list. */
export function parseQuery(search: string): Readonly<Record<string, unknown>> {
  const all = new URLSearchParams(search);
  const valueAt = (name: string): unknown => (all.getAll(name).length > 1 ? all.getAll(name) : all.get(name));
  return Object.fromEntries([...new Set(all.keys())].map((name) => [name, valueAt(name)]));
}

/**
 * The query of `GET /v1/events`. Throws RequestRefused 400 for what is no such query. `follow` is also on for a reader that
 * accepts only event streams (a browser's EventSource). When that comes back after a lost connection it names the last seq that
 * it has seen in Last-Event-ID, which counts before the `since` that it began with.
 */
export function parseEventQuery(
  query: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): EventQuery {
  for (const name of Object.keys(query)) {
    if (!KNOWN.has(name)) throw refused(name, "is not a parameter of this request");
  }
  const since = countOf("since", headers["last-event-id"] ?? query.since);
  const limit = countOf("limit", query.limit);
  if (limit !== null && limit > MAX_LIMIT) throw refused("limit", `must be ${MAX_LIMIT} at most`);
  const from = timeOf("from", query.from);
  const to = timeOf("to", query.to);
  const port = typeof query.port === "string" ? parsePortPath(query.port) : null;
  if (query.port !== undefined && port === null) throw refused("port", "must be a port path such as 1-1.3");
  const topics = topicsOf(query.topic);
  const { text } = query;
  if (text !== undefined && (typeof text !== "string" || text === "" || text.length > MAX_TEXT)) {
    throw refused("text", `must be 1 to ${MAX_TEXT} characters`);
  }
  if (query.follow !== undefined && query.follow !== "true" && query.follow !== "false") {
    throw refused("follow", "must be true or false");
  }
  const follow = query.follow === undefined ? headers.accept === "text/event-stream" : query.follow === "true";
  return {
    follow,
    ...(since === null ? {} : { since }),
    ...(limit === null ? {} : { limit }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
    ...(port === null ? {} : { port }),
    ...(topics === null ? {} : { topics }),
    ...(text === undefined ? {} : { text }),
  };
}

function countOf(name: string, value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value !== "string" || !COUNT.test(value)) throw refused(name, "must be a whole number");
  return Number(value);
}

function timeOf(name: string, value: unknown): number | null {
  if (value === undefined) return null;
  const ms = typeof value === "string" && TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw refused(name, "must be a time such as 2026-01-05T14:02:00Z");
  return ms;
}

/** One or several, separated by commas. */
function topicsOf(value: unknown): ReadonlySet<Topic> | null {
  if (value === undefined) return null;
  const names = typeof value === "string" ? value.split(",") : [];
  const topics = new Set(names.filter((name): name is Topic => TOPICS.has(name as Topic)));
  if (topics.size === 0 || topics.size !== names.length) throw refused("topic", `must be of ${[...TOPICS].join(", ")}`);
  return topics;
}

function refused(name: string, why: string): RequestRefused {
  return new RequestRefused(400, "BadQuery", `${name} ${why}`);
}
