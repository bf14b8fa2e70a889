import { parsePortPath } from "../hotplug/types.ts";
import { RequestRefused } from "./errors.ts";
import type { EventQuery } from "./event-pages.ts";

const COUNT = /^[0-9]{1,15}$/;
const KNOWN = new Set(["since", "port", "limit", "follow"]);

/**
 * The query of `GET /v1/events`. Throws RequestRefused 400 for what is no such query. `follow` is also on for a reader that
 * accepts only event streams (a browser's EventSource), which names the last seq it has seen in Last-Event-ID.
 */
export function parseEventQuery(
  query: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): EventQuery {
  for (const name of Object.keys(query)) {
    if (!KNOWN.has(name)) throw refused(name, "is not a parameter of this request");
  }
  const since = countOf("since", query.since ?? headers["last-event-id"]);
  const limit = countOf("limit", query.limit);
  const port = typeof query.port === "string" ? parsePortPath(query.port) : null;
  if (query.port !== undefined && port === null) throw refused("port", "must be a port path such as 1-1.3");
  if (query.follow !== undefined && query.follow !== "true" && query.follow !== "false") {
    throw refused("follow", "must be true or false");
  }
  const follow = query.follow === undefined ? headers.accept === "text/event-stream" : query.follow === "true";
  return {
    follow,
    ...(since === null ? {} : { since }),
    ...(limit === null ? {} : { limit }),
    ...(port === null ? {} : { port }),
  };
}

function countOf(name: string, value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value !== "string" || !COUNT.test(value)) throw refused(name, "must be a whole number");
  return Number(value);
}

function refused(name: string, why: string): RequestRefused {
  return new RequestRefused(400, "BadQuery", `${name} ${why}`);
}
