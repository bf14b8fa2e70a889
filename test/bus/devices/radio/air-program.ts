// The emulated dongles and the air between them: a program of its own, as drivers allow a register 50 ms a try, and
// whatever else goes on in the conductor must not use those up. Told over Node's IPC channel what to serve on a connection.

import { readdir, readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { setPriority } from "node:os";
import type { Identity } from "../description.ts";
import { Air } from "./air.ts";
import { type ChipParams, RadioIdentity } from "./radio-identity.ts";

/** Comes with the connection, unless it is for a dongle that is served already. */
export type AirOrder =
  | { readonly serve: number; readonly identity: Identity; readonly params: ChipParams }
  | { readonly close: number }
  | { readonly yank: number; readonly afterBytes: number };

export type AirReport =
  | { readonly ready: true }
  | { readonly closed: number }
  | { readonly logs: number; readonly text: string };

const air = new Air();
const dongles = new Map<number, RadioIdentity>();
const report = (what: AirReport): void => {
  process.send?.(what);
};

process.on("message", (order: AirOrder, stream: Socket | undefined) => {
  if ("close" in order) dongles.get(order.close)?.close();
  else if ("yank" in order) dongles.get(order.yank)?.yankAfter(order.afterBytes);
  else if (stream !== undefined) serve(order.serve, stream, order);
});

function serve(id: number, stream: Socket, { identity, params }: { identity: Identity; params: ChipParams }): void {
  const log = (text: string): void => report({ logs: id, text });
  const onClosed = (): void => {
    dongles.delete(id);
    report({ closed: id });
  };
  dongles.set(id, new RadioIdentity(stream, { identity, params, air, log, onClosed }));
  void hurry();
}

/** Before everything else: this program, and the kernel's threads between it and the drivers. */
async function hurry(): Promise<void> {
  setPriority(-20);
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    // Gone by now, perhaps.
    if (/^vhci_[rt]x$/.test(name.trim()))
      await Promise.resolve()
        .then(() => setPriority(Number(pid), -20))
        .catch(() => {});
  }
}

process.on("disconnect", () => process.exit(0));
report({ ready: true });
