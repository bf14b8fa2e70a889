import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FailureError } from "../../machines/failure.ts";
import { AgentNotRunning, RequestRefused } from "../inspector/errors.ts";
import { requestLimits } from "../inspector/request-limits.ts";
import { admit } from "./admit.ts";
import { forward } from "./forward.ts";
import { isLoopback, type ListenAddress, urlHost } from "./listen-address.ts";
import { loadPage, type Page } from "./page.ts";

/** A browser that keeps a few connections for itself, times some people. */
const MAX_CONNECTIONS = 64;
const REQUEST_WITHIN_MS = 10_000;
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

export interface PageOptions {
  /** Where the build has left the page. */
  readonly folder: string;
  /** The agent's control socket, which may come and go meanwhile. */
  readonly socket: string;
  readonly listen: ListenAddress;
  /** Asks for a token on loopback too, where every user of this computer can connect. */
  readonly token: boolean;
  /** In which a request must have come whole, or its connection is ended; default 10 s. */
  readonly requestWithinMs?: number;
}

export interface ServedPage {
  /** To be opened; after its # the token, where one is needed: what comes after # no browser sends or logs. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the inspector's page, and passes on what it asks of the agent; who may is in admit.ts. Rejects SystemRefused when the
 * address cannot be had. `close` ends all connections.
 */
export async function servePage(options: PageOptions): Promise<ServedPage> {
  const { folder, socket, listen, token: always, requestWithinMs = REQUEST_WITHIN_MS } = options;
  const page = await loadPage(folder);
  const token = always || !isLoopback(listen.address) ? randomBytes(16).toString("base64url") : null;
  const server = createServer(requestLimits(requestWithinMs), (asked, answer) => {
    for (const [name, value] of Object.entries(HEADERS)) answer.setHeader(name, value);
    handle(asked, answer, { page, token, socket }).catch((error: unknown) => refuse(answer, error));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new FailureError("SystemRefused", `the page cannot be served: ${error.message}`, { cause: error }));
    });
    server.listen(listen.port, listen.address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${urlHost(listen.address)}:${port}/${token === null ? "" : `#${token}`}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Served {
  readonly page: Page;
  readonly token: string | null;
  readonly socket: string;
}

async function handle(asked: IncomingMessage, answer: ServerResponse, served: Served): Promise<void> {
  const { method = "", headers, url = "" } = asked;
  const forPage = url === "/" && (method === "GET" || method === "HEAD");
  admit({ method, headers, forPage }, served.token);
  if (!forPage) return forward(served.socket, asked, answer);
  const { html, gzipped, policy } = served.page;
  const compress = /\bgzip\b/.test(String(headers["accept-encoding"]));
  answer.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-cache",
    vary: "accept-encoding",
    ...(compress ? { "content-encoding": "gzip" } : {}),
  });
  answer.end(method === "HEAD" ? undefined : compress ? gzipped : html);
}

function refuse(answer: ServerResponse, error: unknown): void {
  // In the middle of an answer all that is left is to end it.
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const [status, code] =
    error instanceof RequestRefused
      ? [error.status, error.code]
      : error instanceof AgentNotRunning
        ? [503, "AgentNotRunning"]
        : [502, "AgentUnreachable"];
  const message = error instanceof Error ? error.message : String(error);
  answer.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", connection: "close" });
  answer.end(JSON.stringify({ error: code, message }));
}
