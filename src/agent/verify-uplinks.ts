import { type ActorRefFrom, waitFor } from "xstate";
import { FailureError } from "../../machines/failure.ts";
import type { createUplinksMachine } from "../../machines/uplinks/machine.ts";
import type { Verification } from "../inspector/types.ts";

/** A look and a repair take a second or two in an emulated guest; whoever asks waits 10 s for an answer. */
const WITHIN_MS = 9_000;

/**
 * Has the pool's machine look at the kernel, and waits until it has mended what it found. Rejects SystemRefused when the
 * look failed, or the kernel does not take the repair.
 */
export async function verifyUplinks(
  uplinks: ActorRefFrom<ReturnType<typeof createUplinksMachine>>,
  withinMs = WITHIN_MS,
): Promise<Verification> {
  const { looks } = uplinks.getSnapshot().context;
  const found = new Set<string>();
  let looked = looks;
  const listening = uplinks.subscribe(({ context }) => {
    if (context.looks === looked) return;
    looked = context.looks;
    for (const phrase of context.drift) found.add(phrase);
  });
  try {
    uplinks.send({ type: "uplinks.verify" });
    const { context } = await waitFor(
      uplinks,
      (snapshot) => !snapshot.hasTag("looking") && (snapshot.matches("settled") || snapshot.matches("contested")),
      { timeout: withinMs },
    );
    if (context.looks === looks) throw new FailureError("SystemRefused", "the kernel's state could not be read");
    return { drift: [...found], mended: context.drift.length === 0 };
  } catch (cause) {
    if (cause instanceof FailureError) throw cause;
    const { failure } = uplinks.getSnapshot().context;
    throw new FailureError("SystemRefused", failure?.message ?? "the kernel was not as wanted in time", { cause });
  } finally {
    listening.unsubscribe();
  }
}
