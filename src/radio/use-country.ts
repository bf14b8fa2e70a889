import { setTimeout as sleep } from "node:timers/promises";
import { runIw } from "./iw.ts";

/** The kernel reads its database, and asks nobody whether it may; it says nothing when it is done. */
const LOOKS = 10;
const LOOK_MS = 50;

/**
 * Has the kernel take over a country's rules, if it has not, so that it can be asked which channels they allow. They are the
 * whole computer's, and stay. False: they are not in force; the kernel has no database, or another one of its radios
 * knows better. Rejects with FailureError ProgramMissing or SystemRefused.
 */
export async function useCountry(
  country: string,
  { iw, signal }: { iw: string; signal: AbortSignal },
): Promise<boolean> {
  const isInForce = async (): Promise<boolean> => {
    // The computer's own rules come first; a radio that has its own follows with `phy#0`.
    const [global = ""] = (await runIw(iw, ["reg", "get"], signal)).split(/^phy#/m);
    return new RegExp(`^country ${country}:`, "m").test(global);
  };
  if (await isInForce()) return true;
  await runIw(iw, ["reg", "set", country], signal);
  for (let look = 0; look < LOOKS; look++) {
    if (await isInForce()) return true;
    await sleep(LOOK_MS, undefined, { signal });
  }
  return false;
}
