import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import type { Journal } from "../journal/types.ts";
import { parseUplinkId } from "../net/types.ts";
import { parseBalanceBy, parseMove, parseRankChange } from "./changes.ts";
import { RequestRefused } from "./errors.ts";
import { eventPages } from "./event-pages.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { openapi } from "./openapi.ts";
import { PageBytes } from "./page-bytes.ts";
import { parseEventQuery } from "./query.ts";
import type { Rounds } from "./rounds.ts";
import type { Answer, Route, RoutedRequest } from "./router.ts";
import type { AgentView, MachineDefinition, PortAction } from "./types.ts";

const ACTIONS: readonly PortAction[] = ["retry", "disable", "enable"];

/** The agent as its control server knows it. */
export interface ControlledAgent {
  readonly view: AgentView;
  readonly journal: Journal;
  /** The statecharts of the agent; default none. */
  readonly machines?: () => readonly MachineDefinition[];
  readonly version: string;
  /** How long a reader of events may take nothing before it is dropped; default 10 s. */
  readonly patienceMs?: number;
}

/** What the control server answers, as openapi.ts describes it. */
export function controlRoutes(
  { view, journal, machines = () => [], version, patienceMs = 10_000 }: ControlledAgent,
  rounds: Rounds,
): readonly Route[] {
  const stream = { journal, patienceMs, rounds, bytes: new PageBytes() };
  const get = (path: string, handle: Route["handle"]): Route => ({ method: "GET", path, handle });
  const post = (path: string, handle: Route["handle"]): Route => ({ method: "POST", path, handle });
  return [
    get("/v1/status", async () => ({ json: await view.status() })),
    get("/v1/machines", () => ({ json: machines() })),
    get("/v1/openapi.json", () => ({ json: openapi(version) })),
    get("/v1/events", (request) => eventsFor(request, stream)),
    get("/metrics", async () => ({
      type: METRICS_TYPE,
      text: renderMetrics(await view.status(), process.memoryUsage()),
    })),
    post("/v1/verify", async () => ({ json: await view.verify() })),
    ...ACTIONS.map((action) =>
      post(`/v1/ports/{port}/${action}`, ({ name, query }) => {
        const port = portOf(name);
        if (!view.act(port, action, query.now === "true")) throw unknownPort(port);
        return { code: 202, json: { port, action } };
      }),
    ),
    post("/v1/ports/{port}/move", ({ name, body }) => {
      const port = portOf(name);
      const change = parseMove(body);
      if (!view.setRank(port, change)) throw unknownPort(port);
      return { code: 202, json: { port, to: change.role } };
    }),
    post("/v1/uplinks/{uplink}", ({ name, body }) => {
      const uplink = parseUplinkId(name);
      if (uplink === null) throw new RequestRefused(400, "BadUplink", "neither a port path nor an interface's name");
      const change = parseRankChange(body);
      if (!view.setRank(uplink, change))
        throw new RequestRefused(404, "NoSuchUplink", `there is no port and no uplink ${uplink}`);
      return { code: 202, json: { uplink, ...change } };
    }),
    post("/v1/balancer", ({ body }) => {
      const by = parseBalanceBy(body);
      view.setBalance(by);
      return { code: 202, json: { by } };
    }),
  ];
}

function portOf(name: string): PortPath {
  const port = parsePortPath(name);
  if (port === null) throw new RequestRefused(400, "BadPort", "not a port path; one looks like 1-1.3");
  return port;
}

function unknownPort(port: PortPath): RequestRefused {
  return new RequestRefused(404, "NoSuchPort", `nothing is known of port ${port}`);
}

interface EventStream {
  readonly journal: Journal;
  readonly patienceMs: number;
  readonly rounds: Rounds;
  readonly bytes: PageBytes;
}

function eventsFor(
  { query: asked, headers, gone, drop }: RoutedRequest,
  { journal, patienceMs, rounds, bytes }: EventStream,
): Answer {
  const query = parseEventQuery(asked, headers);
  const pages = eventPages(journal, query, { rounds, gone, patienceMs, onStuck: drop });
  async function* parts(): AsyncGenerator<Buffer> {
    // Tells a follower at once that it is connected, before anything has happened.
    if (query.follow) yield Buffer.from(": following\n\n");
    for await (const page of pages) yield query.follow ? bytes.events(page) : bytes.lines(page);
  }
  return { type: query.follow ? "text/event-stream" : "application/x-ndjson", parts: parts() };
}
