import { execa } from "execa";
import { printable } from "../../../machines/failure.ts";
import { programEnvironment } from "../../process/program-result.ts";
import { BUNDLE_INTERFACE } from "./addresses.ts";

const TIMEOUT_MS = 10_000;
/**
 * What waits for the bundle waits here and in the members' short buffers. CoDel's interval is to be a round trip (RFC 8289, 4.2), and
 * through a bundle of mobile links that is up to a second: by its default of 100 ms it drops packets of a single download. Its target is what a sender
 * that gives up 0.3 of its window for a lost packet (Cubic, RFC 9438, 4.6) needs to have waiting so that the bundle goes on meanwhile: 0.3 / 0.7 of a
 * round trip, here one of 350 ms. Who else sends has a queue of its own, and does not wait behind it.
 */
const DISCIPLINE = ["fq_codel", "target", "150ms", "interval", "1000ms"] as const;

/** Gives the bundle's interface its queue. It carries with any; so what goes wrong is only told. */
export async function giveQueue(notice: (text: string) => void): Promise<void> {
  const end = await execa("tc", ["qdisc", "replace", "dev", BUNDLE_INTERFACE, "root", ...DISCIPLINE], {
    ...{ stdin: "ignore", reject: false, extendEnv: false, env: programEnvironment(), timeout: TIMEOUT_MS },
  });
  if (end.exitCode !== 0)
    notice(`the bundle keeps the system's queue: tc: ${printable(end.stderr || end.shortMessage || "", 200)}`);
}
