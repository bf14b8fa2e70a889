// `npm run demo`: what wanherd does, live, on a real kernel with emulated sticks. `-- --once` ends by itself.
import { systemTerminal } from "../../src/cli/terminal.ts";
import { byHand } from "./by-hand.ts";
import { Printer } from "./print.ts";
import { play } from "./show.ts";
import { Stage } from "./stage.ts";

const print = new Printer(systemTerminal());
/** Set by the first signal; what is under way then fails, as its guest is gone. */
let signalled: NodeJS.Signals | undefined;
let stage: Stage | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    signalled ??= signal;
    void stage?.strike();
  });
}

try {
  await main();
} catch (error) {
  print.bad(signalled === undefined ? textOf(error) : `ended by ${signalled}`);
  process.exitCode = 1;
} finally {
  await stage?.strike();
}

async function main(): Promise<void> {
  const isOnce = process.argv.includes("--once");
  const hasKeys = process.stdin.isTTY === true;
  print.heading("wanherd: USB sticks on a virtual bus, with a real Linux kernel");
  if (!isOnce && !hasKeys) print.note("Standard input is no terminal, so this ends by itself, as with --once.");
  stage = await Stage.set(print);
  // A signal that came while it booted has found no stage to strike.
  if (signalled !== undefined) throw new Error(signalled);
  const before = await stage.box.network();
  await play(stage, print);
  if (!isOnce && hasKeys) await byHand(stage, print);
  print.heading("The end");
  print.act("SIGTERM to the agent");
  await stage.box.stop();
  if ((await stage.box.network()) !== before) throw new Error("the network is not as it was before the agent");
  print.good("the network is as it was before the agent's start");
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
