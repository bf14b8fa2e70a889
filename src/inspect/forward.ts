import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { AgentNotRunning, RequestRefused } from "../inspector/errors.ts";

const BODY_LIMIT_BYTES = 1024;
/** What the page uses of the agent's interface; the agent itself checks names, queries and bodies. */
const SERVED: readonly (readonly [method: string, path: RegExp])[] = [
  ["GET", /^\/v1\/(status|events|machines)$/],
  ["POST", /^\/v1\/ports\/[0-9.-]{1,40}\/(retry|disable|enable|move)$/],
  ["POST", /^\/v1\/uplinks\/[A-Za-z0-9._-]{1,40}$/],
  ["POST", /^\/v1\/balancer$/],
];

/**
 * Passes a request on to the agent's socket, and its answer back at the speed of who asked. Ends when either is through or gone.
 * Rejects RequestRefused for what is not served, AgentNotRunning.
 */
export async function forward(socket: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = asked.url ?? "";
  // As it came, and not as a URL: what would have to be put straight first is nothing that the page asks for.
  const [path = ""] = url.split("?", 1);
  if (!SERVED.some(([method, served]) => method === asked.method && served.test(path))) {
    throw new RequestRefused(404, "NotFound", "no such path");
  }
  const body = await bodyOf(asked);
  const gone = new AbortController();
  answer.once("close", () => gone.abort());
  const given = await ask(socket, asked, url, body, gone.signal);
  const type = given.headers["content-type"] ?? "application/octet-stream";
  // What is followed must not wait in a compressor; what a phone loads at the start is a tenth with it.
  const compress = !type.startsWith("text/event-stream") && /\bgzip\b/.test(String(asked.headers["accept-encoding"]));
  answer.writeHead(given.statusCode ?? 502, {
    "content-type": type,
    "cache-control": "no-store",
    ...(compress ? { "content-encoding": "gzip" } : {}),
  });
  // Who goes away in the middle is no fault; the other end is told by the pipeline.
  await (compress ? pipeline(given, createGzip({ level: 3 }), answer) : pipeline(given, answer)).catch(() => {});
}

async function bodyOf(asked: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of asked) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > BODY_LIMIT_BYTES) throw new RequestRefused(413, "TooLarge", "the body is too long");
  }
  return Buffer.concat(parts);
}

function ask(
  socketPath: string,
  { method, headers }: IncomingMessage,
  path: string,
  body: Buffer,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { accept = "*/*", "last-event-id": lastId } = headers;
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ socketPath, path, signal, agent: false },
      method: method ?? "GET",
      headers: {
        host: "localhost",
        accept,
        ...(lastId === undefined ? {} : { "last-event-id": lastId }),
        ...(body.length === 0 ? {} : { "content-type": "application/json", "content-length": body.length }),
      },
    });
    asked.once("response", resolve);
    asked.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" || error.code === "ECONNREFUSED" ? new AgentNotRunning(socketPath) : error),
    );
    asked.end(body);
  });
}
