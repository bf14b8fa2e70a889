import { inject } from "vitest";
import { connectTo } from "./connect-to.ts";
import type { Guest } from "./guest.ts";

/** The guest that all scenario files of a run share (test/bus/global-setup.ts). Closing it leaves it running. */
export function connectGuest(): Promise<Guest> {
  return connectTo(inject("guestSocket"));
}
