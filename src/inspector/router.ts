import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { failureFrom } from "../../machines/failure.ts";
import { admitRequest } from "./admit-request.ts";
import { RequestRefused } from "./errors.ts";
import { parseQuery } from "./query.ts";

const BODY_LIMIT_BYTES = 1024;
const PARAMETER = /\{\w+\}/;
const JSON_TYPE = "application/json; charset=utf-8";

/** A request as the handler of its route sees it. */
export interface RoutedRequest {
  /** What stands where the route's path has its parameter, decoded and otherwise as it came; empty where it has none. */
  readonly name: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  /** What its JSON says; undefined: it has no body. */
  readonly body: unknown;
  /** Aborted when who asked has gone, or has been told all. */
  readonly gone: AbortSignal;
  /** Ends the connection in the middle of the answer. */
  readonly drop: () => void;
}

/** An answer: JSON (code 200 unless said), a text, or parts that are pulled at the speed of who asked. */
export type Answer =
  | { readonly json: unknown; readonly code?: number }
  | { readonly type: string; readonly text: string }
  | { readonly type: string; readonly parts: AsyncIterable<Buffer> };

export interface Route {
  readonly method: "GET" | "POST";
  /** As in openapi.ts, e.g. `/v1/ports/{port}/retry`; with one parameter at most, which is one part between slashes. */
  readonly path: string;
  /** What it throws is answered: RequestRefused as it says, anything else as 500. */
  readonly handle: (request: RoutedRequest) => Answer | Promise<Answer>;
}

/** Answers a request by the first of the routes that fits. Errors are answered too: this rejects never. */
export async function route(asked: IncomingMessage, answer: ServerResponse, routes: readonly Route[]): Promise<void> {
  try {
    admitRequest(asked);
    const { found, name, query } = routeOf(asked, routes);
    const body = asked.method === "POST" ? await bodyOf(asked) : undefined;
    const gone = new AbortController();
    answer.once("close", () => gone.abort());
    const request = { name, query, headers: asked.headers, body, gone: gone.signal, drop: () => answer.destroy() };
    await send(answer, await found.handle(request));
  } catch (error) {
    refuse(answer, error);
  }
}

function routeOf(
  { method, url = "" }: IncomingMessage,
  routes: readonly Route[],
): { found: Route; name: string; query: Readonly<Record<string, unknown>> } {
  // As it came, and not as a URL: what would have to be put straight first is none of our paths.
  const [path = "", ...search] = url.split("?");
  for (const found of routes) {
    const name = found.method === method ? nameIn(path, found.path) : null;
    if (name !== null) return { found, name: decoded(name), query: parseQuery(search.join("?")) };
  }
  throw new RequestRefused(404, "NotFound", "no such path; see /v1/openapi.json");
}

/** What stands for the parameter, empty where there is none; null: the path is another one. */
function nameIn(path: string, pattern: string): string | null {
  const [before = "", after] = pattern.split(PARAMETER);
  if (after === undefined) return path === pattern ? "" : null;
  const name = path.slice(before.length, path.length - after.length);
  return name !== "" && !name.includes("/") && path === `${before}${name}${after}` ? name : null;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new RequestRefused(400, "BadRequest", "the path is not encoded as URLs are");
  }
}

/** @throws RequestRefused for a body that is too long, before it is read, or is no JSON. */
async function bodyOf(asked: IncomingMessage): Promise<unknown> {
  const tooLong = new RequestRefused(413, "TooLarge", `the body may have ${BODY_LIMIT_BYTES} bytes`);
  if (Number(asked.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) throw tooLong;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of asked) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > BODY_LIMIT_BYTES) throw tooLong;
  }
  if (bytes === 0) return undefined;
  // What a form of another site's page can send is none of the type.
  if (!/^application\/json *(;|$)/i.test(asked.headers["content-type"] ?? "")) {
    throw new RequestRefused(415, "BadRequest", "the body must be application/json");
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch {
    throw new RequestRefused(400, "BadRequest", "the body is no JSON");
  }
}

async function send(answer: ServerResponse, given: Answer): Promise<void> {
  answer.setHeader("cache-control", "no-store");
  if ("parts" in given) {
    answer.setHeader("content-type", given.type);
    // Who goes away in the middle is no fault.
    await pipeline(given.parts, answer).catch(() => answer.destroy());
    return;
  }
  const text = "text" in given ? given.text : JSON.stringify(given.json);
  const [code, type] = "text" in given ? [200, given.type] : [given.code ?? 200, JSON_TYPE];
  answer.writeHead(code, { "content-type": type, "content-length": Buffer.byteLength(text) });
  answer.end(text);
}

/** The connection is closed with it: what is left of a request that was refused is not read. */
function refuse(answer: ServerResponse, error: unknown): void {
  const { status, code, message } =
    error instanceof RequestRefused ? error : { ...failureFrom(error), status: 500, code: failureFrom(error).kind };
  const text = JSON.stringify({ error: code, message });
  answer.writeHead(status, {
    "content-type": JSON_TYPE,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    connection: "close",
  });
  answer.end(text);
}
