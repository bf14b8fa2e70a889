// `npm run demo`: what wanherd does, live, on a real kernel with emulated sticks. `-- --once` ends by itself.
import { systemTerminal } from "../../src/cli/terminal.ts";
import { byHand } from "./by-hand.ts";
import { Printer } from "./print.ts";
import { play } from "./show.ts";
import { Stage } from "./stage.ts";

const print = new Printer(systemTerminal());
const once = process.argv.includes("--once") || process.stdin.isTTY !== true;

print.heading("wanherd, on a virtual USB bus with a real kernel");
try {
  const stage = await Stage.set(print);
  try {
    const before = await stage.box.network();
    await play(stage, print);
    if (!once) await byHand(stage, print);
    print.heading("The end");
    print.act("SIGTERM to the agent");
    await stage.box.stop();
    if ((await stage.box.network()) !== before) throw new Error("the network is not as it was before the agent");
    print.good("the network is as it was before the agent's start");
  } finally {
    await stage.strike();
  }
} catch (error) {
  print.bad(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
