import { Readable } from "node:stream";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import { parsePortPath } from "../hotplug/types.ts";
import type { Journal } from "../journal/types.ts";
import { parseUplinkId } from "../net/types.ts";
import { admitRequest } from "./admit-request.ts";
import { parseBalanceBy, parseMove, parseRankChange } from "./changes.ts";
import { RequestRefused } from "./errors.ts";
import { eventPages } from "./event-pages.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { openapi } from "./openapi.ts";
import { PageBytes } from "./page-bytes.ts";
import { parseEventQuery } from "./query.ts";
import { requestLimits } from "./request-limits.ts";
import { Rounds } from "./rounds.ts";
import { claimSocketPath, DEFAULT_SOCKET, shareSocket } from "./socket-path.ts";
import type { AgentView, MachineDefinition, PortAction } from "./types.ts";

const BODY_LIMIT_BYTES = 1024;
const ACTIONS: readonly PortAction[] = ["retry", "disable", "enable"];
/** More connections at once are refused: followers are some tens at most, and each costs the agent memory. */
const MAX_CONNECTIONS = 256;
/** In which a request must have come whole. */
const REQUEST_WITHIN_MS = 10_000;

/** A request to act on a port. */
interface Command {
  readonly Params: { readonly port: string };
  readonly Querystring: { readonly now?: unknown };
}

export interface ControlServerOptions {
  readonly view: AgentView;
  readonly journal: Journal;
  /** The statecharts of the agent; default none. */
  readonly machines?: () => readonly MachineDefinition[];
  /** Path of the unix socket; default /run/wanherd/agent.sock. */
  readonly socket?: string;
  readonly version: string;
  /** Who may connect besides root; default `wanherd`. */
  readonly group?: string;
  /** How long a reader of events may take nothing before it is dropped; default 10 s. */
  readonly patienceMs?: number;
  /** In which a request must have come whole, or its connection is ended; default 10 s. */
  readonly requestWithinMs?: number;
}

/**
 * Serves the agent's control interface (see openapi.ts) on a unix socket, mode 0660. Rejects SystemRefused when another
 * agent is running or the socket cannot be made. `close` ends all connections and removes the socket.
 */
export async function startControlServer(options: ControlServerOptions): Promise<{ close(): Promise<void> }> {
  const socket = options.socket ?? DEFAULT_SOCKET;
  await claimSocketPath(socket);
  // Loaded here and not at the top, so that the CLI's other commands do not pay for it.
  const { default: fastify } = await import("fastify");
  const limits = requestLimits(options.requestWithinMs ?? REQUEST_WITHIN_MS);
  const server: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    frameworkErrors: (error, _request, reply) => sendError(error, reply),
    exposeHeadRoutes: false,
    ...limits,
    http: { ...limits, maxHeaderSize: 8192 },
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  server.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply));
  server.setNotFoundHandler((_request, reply) =>
    sendError(new RequestRefused(404, "NotFound", "no such path; see /v1/openapi.json"), reply),
  );
  server.addHook("onRequest", async (request) => {
    admitRequest(request.raw);
  });
  addRoutes(server, options);
  try {
    await server.listen({ path: socket });
    await shareSocket(socket, options.group ?? "wanherd");
  } catch (error) {
    await server.close().catch(() => {});
    throw new FailureError(
      "SystemRefused",
      `the control socket ${socket} cannot be made: ${(error as Error).message}`,
      {
        tried: `bind ${socket}`,
        cause: error,
      },
    );
  }
  return { close: () => server.close() };
}

function addRoutes(
  server: FastifyInstance,
  { view, journal, machines = () => [], version, patienceMs = 10_000 }: ControlServerOptions,
): void {
  server.get("/v1/status", () => view.status());
  server.get("/v1/machines", async () => machines());
  server.post("/v1/verify", () => view.verify());
  server.get("/v1/openapi.json", async () => openapi(version));
  server.get("/metrics", async (_request, reply) =>
    reply.type(METRICS_TYPE).send(renderMetrics(await view.status(), process.memoryUsage())),
  );
  const rounds = new Rounds(journal);
  server.addHook("onClose", () => rounds.close());
  const stream = { journal, patienceMs, rounds, bytes: new PageBytes() };
  server.get("/v1/events", (request, reply) => sendEvents(stream, request, reply));
  for (const action of ACTIONS) {
    server.post<Command>(`/v1/ports/:port/${action}`, async ({ params, query }, reply) => {
      const port = parsePortPath(params.port);
      if (port === null) throw new RequestRefused(400, "BadPort", "not a port path; one looks like 1-1.3");
      const isKnown = view.act(port, action, query.now === "true");
      if (!isKnown) throw new RequestRefused(404, "NoSuchPort", `nothing is known of port ${port}`);
      return reply.code(202).send({ port, action });
    });
  }
  server.post<{ Params: { uplink: string } }>("/v1/uplinks/:uplink", async (request, reply) => {
    const uplink = parseUplinkId(request.params.uplink);
    if (uplink === null) throw new RequestRefused(400, "BadUplink", "neither a port path nor an interface's name");
    const change = parseRankChange(request.body);
    if (!view.setRank(uplink, change))
      throw new RequestRefused(404, "NoSuchUplink", `there is no port and no uplink ${uplink}`);
    return reply.code(202).send({ uplink, ...change });
  });
  server.post<{ Params: { port: string } }>("/v1/ports/:port/move", async (request, reply) => {
    const port = parsePortPath(request.params.port);
    if (port === null) throw new RequestRefused(400, "BadPort", "not a port path; one looks like 1-1.3");
    const change = parseMove(request.body);
    if (!view.setRank(port, change)) throw new RequestRefused(404, "NoSuchPort", `nothing is known of port ${port}`);
    return reply.code(202).send({ port, to: change.role });
  });
  server.post("/v1/balancer", async (request, reply) => {
    const by = parseBalanceBy(request.body);
    view.setBalance(by);
    return reply.code(202).send({ by });
  });
}

interface EventStream {
  readonly journal: Journal;
  readonly patienceMs: number;
  readonly rounds: Rounds;
  readonly bytes: PageBytes;
}

function sendEvents(
  { journal, patienceMs, rounds, bytes }: EventStream,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const query = parseEventQuery(request.query as Record<string, unknown>, request.headers);
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const pages = eventPages(journal, query, {
    rounds,
    gone: gone.signal,
    patienceMs,
    onStuck: () => reply.raw.destroy(),
  });
  async function* parts(): AsyncGenerator<Buffer> {
    // Tells a follower at once that it is connected, before anything has happened.
    if (query.follow) yield Buffer.from(": following\n\n");
    for await (const page of pages) yield query.follow ? bytes.events(page) : bytes.lines(page);
  }
  return reply
    .header("cache-control", "no-store")
    .type(query.follow ? "text/event-stream" : "application/x-ndjson")
    .send(Readable.from(parts(), { highWaterMark: 1 }));
}

function sendError(error: FastifyError | RequestRefused, reply: FastifyReply): void {
  if (error instanceof RequestRefused) {
    reply.code(error.status).send({ error: error.code, message: error.message });
  } else if (error.statusCode !== undefined && error.statusCode < 500) {
    reply.code(error.statusCode).send({ error: "BadRequest", message: error.message });
  } else {
    const { kind, message } = failureFrom(error);
    reply.code(500).send({ error: kind, message });
  }
}
