import { type IncomingMessage, request } from "node:http";
import type { PortPath } from "../hotplug/types.ts";
import { parseLine } from "../journal/parse-line.ts";
import type { JournalEntry, Topic } from "../journal/types.ts";
import type { UplinkId } from "../net/types.ts";
import { AgentNotRunning, RequestRefused } from "./errors.ts";
import { splitLines } from "./split-lines.ts";
import type { BalanceBy, PortAction, RankChange, Status, Verification } from "./types.ts";

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** An agent that is busy answers late; one that is stopped (SIGSTOP) never. */
const ANSWER_WITHIN_MS = 10_000;

export interface EventFilter {
  readonly since?: number;
  readonly port?: PortPath;
  readonly limit?: number;
  readonly topics?: readonly Topic[];
  readonly from?: Date;
  readonly to?: Date;
  /** Part of the text, in any case. */
  readonly text?: string;
  readonly follow?: boolean;
  /** Ends the following. */
  readonly signal?: AbortSignal;
}

/** What the CLI asks of a running agent. Rejects AgentNotRunning, RequestRefused, or an Error that says what is wrong. */
export interface AgentClient {
  status(signal?: AbortSignal): Promise<Status>;
  /** Has the kernel compared with what is wanted, and mended. */
  verify(): Promise<Verification>;
  events(filter: EventFilter): AsyncIterable<JournalEntry>;
  /** RequestRefused with status 404: there is no such port. */
  act(port: PortPath, action: PortAction, now?: boolean): Promise<void>;
  /** RequestRefused with status 404: there is no such uplink. */
  setRank(uplink: UplinkId, change: RankChange): Promise<void>;
  setBalance(by: BalanceBy | "config"): Promise<void>;
}

/** A client of the control socket at this path; each call is a connection of its own. */
export function agentClient(socket: string): AgentClient {
  return {
    async status(signal) {
      const answer = await send(socket, "GET", "/v1/status", signal === undefined ? {} : { signal });
      const status = JSON.parse(await textOf(answer)) as Status;
      if (status.schema !== 1) throw new Error("the agent speaks a newer status format; use the wanherd it came with");
      return status;
    },

    async verify() {
      return JSON.parse(await textOf(await send(socket, "POST", "/v1/verify"))) as Verification;
    },

    async *events({ since, port, limit, topics, from, to, text, follow, signal }) {
      const query = new URLSearchParams();
      if (since !== undefined) query.set("since", String(since));
      if (port !== undefined) query.set("port", port);
      if (limit !== undefined) query.set("limit", String(limit));
      if (topics !== undefined) query.set("topic", topics.join());
      if (from !== undefined) query.set("from", from.toISOString());
      if (to !== undefined) query.set("to", to.toISOString());
      if (text !== undefined) query.set("text", text);
      if (follow === true) query.set("follow", "true");
      const answer = await send(socket, "GET", `/v1/events?${query}`, signal === undefined ? {} : { signal });
      try {
        for await (const line of splitLines(answer)) {
          // An entry per line; in an event stream it is the `data` field, and the other fields are not needed.
          const entry = parseLine(line.startsWith("data: ") ? line.slice(6) : line);
          if (entry !== null) yield entry;
        }
      } catch (error) {
        if (signal?.aborted !== true) throw new Error(`the agent ended the stream: ${(error as Error).message}`);
      }
    },

    async act(port, action, now = false) {
      await textOf(await send(socket, "POST", `/v1/ports/${port}/${action}${now ? "?now=true" : ""}`));
    },

    async setRank(uplink, change) {
      await textOf(await send(socket, "POST", `/v1/uplinks/${uplink}`, { body: change }));
    },

    async setBalance(by) {
      await textOf(await send(socket, "POST", "/v1/balancer", { body: { by } }));
    },
  };
}

/** Resolves with a good answer whose body is not read yet. */
function send(
  socket: string,
  method: "GET" | "POST",
  path: string,
  { body, signal }: { readonly body?: object; readonly signal?: AbortSignal } = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: socket,
      method,
      path,
      agent: false,
      headers: { host: "localhost", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(signal === undefined ? {} : { signal }),
    });
    const late = setTimeout(
      () => asked.destroy(new Error(`the agent did not answer within ${ANSWER_WITHIN_MS / 1000} s`)),
      ANSWER_WITHIN_MS,
    );
    asked.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      reject(connectionError(socket, error));
    });
    asked.once("response", (answer) => {
      clearTimeout(late);
      if (answer.statusCode !== undefined && answer.statusCode < 300) resolve(answer);
      else textOf(answer).then((text) => reject(refusal(answer.statusCode ?? 0, text)), reject);
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding("utf8");
  let text = "";
  for await (const part of answer) {
    text += part;
    if (text.length > MAX_ANSWER_BYTES) throw new Error("the agent's answer is too long");
  }
  return text;
}

function connectionError(socket: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") return new AgentNotRunning(socket);
  if (error.code === "EACCES" || error.code === "EPERM") {
    return new Error(`not allowed to use ${socket}: be root or a member of the group wanherd`);
  }
  return error;
}

function refusal(status: number, text: string): RequestRefused {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    if (typeof error === "string" && typeof message === "string") return new RequestRefused(status, error, message);
  } catch {
    // Not our server's answer; told below.
  }
  return new RequestRefused(status, "Unknown", `the agent answered with HTTP status ${status}`);
}
