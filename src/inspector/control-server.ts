import { createServer } from "node:http";
import { FailureError } from "../../machines/failure.ts";
import { type ControlledAgent, controlRoutes } from "./control-routes.ts";
import { requestLimits } from "./request-limits.ts";
import { Rounds } from "./rounds.ts";
import { route } from "./router.ts";
import { claimSocketPath, DEFAULT_SOCKET, shareSocket } from "./socket-path.ts";

/** More connections at once are refused: followers are some tens at most, and each costs the agent memory. */
const MAX_CONNECTIONS = 256;
/** In which a request must have come whole. */
const REQUEST_WITHIN_MS = 10_000;
const MAX_HEADER_BYTES = 8192;

export interface ControlServerOptions extends ControlledAgent {
  /** Path of the unix socket; default /run/wanherd/agent.sock. */
  readonly socket?: string;
  /** Who may connect besides root; default `wanherd`. */
  readonly group?: string;
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
  const rounds = new Rounds(options.journal);
  const routes = controlRoutes(options, rounds);
  const server = createServer(
    { ...requestLimits(options.requestWithinMs ?? REQUEST_WITHIN_MS), maxHeaderSize: MAX_HEADER_BYTES },
    (asked, answer) => void route(asked, answer, routes),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      rounds.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  try {
    await new Promise<void>((resolve, reject) => {
      // Stays: a connection that cannot be accepted later on, as with too many open files, ends no agent.
      server.on("error", reject);
      server.listen(socket, resolve);
    });
    await shareSocket(socket, options.group ?? "wanherd");
  } catch (error) {
    await close();
    throw new FailureError(
      "SystemRefused",
      `the control socket ${socket} cannot be made: ${(error as Error).message}`,
      {
        tried: `bind ${socket}`,
        cause: error,
      },
    );
  }
  return { close };
}
