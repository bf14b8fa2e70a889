import { inject } from "vitest";
import { connectTo } from "./connect-to.ts";
import type { Guest } from "./guest.ts";

/**
 * The guest that this worker's scenario files use one after the other (test/bus/global-setup.ts). Closing it leaves it
 * running.
 */
export function connectGuest(): Promise<Guest> {
  const sockets = inject("guestSockets");
  // Vitest numbers the workers that run at the same time from 1 (vitest.dev, "Parallelism").
  const socket = sockets[(Number(process.env.VITEST_POOL_ID ?? 1) - 1) % sockets.length];
  if (socket === undefined) throw new Error("the run has booted no guest");
  return connectTo(socket);
}
