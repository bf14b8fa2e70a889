import type { Printer } from "./print.ts";
import type { Stage } from "./stage.ts";
import { PORTS, THINGS } from "./things.ts";

const HELP = [
  "1–7    plug something into that port, or pull out what is in it",
  "s      status          d  30 connections from the LAN",
  "e 1–7  explain a port  h  these lines          q  end",
];

/** Lets the viewer plug and pull by keys, until q or Ctrl-C. Needs a terminal as standard input. */
export async function byHand(stage: Stage, print: Printer): Promise<void> {
  const { stdin } = process;
  const showHelp = (): void => {
    for (const line of HELP) print.note(line);
  };
  let next = 0;
  let isExplaining = false;

  const perform = async (key: string): Promise<void> => {
    const number = PORTS.find((port) => String(port) === key);
    const wasExplaining = isExplaining;
    isExplaining = key === "e";
    if (number !== undefined) {
      if (wasExplaining) await stage.explain(number);
      else if (stage.isOccupied(number)) await stage.pull(number);
      else await stage.plug(number, THINGS[next++ % THINGS.length] ?? THINGS[0]);
    } else if (key === "e") print.note("explain which port? 1–7");
    else if (key === "s") await stage.showStatus();
    else if (key === "d") await stage.showSplit(30);
    else if (key === "h" || key === "?") showHelp();
  };

  print.heading("Now you");
  showHelp();
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  let stopReading = (): void => {};
  try {
    await new Promise<void>((resolve) => {
      let hasEnded = false;
      let turn = Promise.resolve();
      const press = async (key: string): Promise<void> => {
        if (hasEnded) return;
        await perform(key).catch((error: unknown) => {
          // What was under way at the end fails with it.
          if (!hasEnded) print.bad(error instanceof Error ? error.message : String(error));
        });
      };
      const onData = (keys: string): void => {
        // An arrow or a function key is a sequence that begins with escape (ECMA-48, 5.4): none of ours.
        if (keys.startsWith("\u001b")) return;
        for (const key of keys) {
          // In raw mode Ctrl-C and Ctrl-D are keys like others. The end does not wait for its turn.
          if (key === "q" || key === "\u0003" || key === "\u0004") {
            hasEnded = true;
            resolve();
            return;
          }
          turn = turn.then(() => press(key));
        }
      };
      stdin.on("data", onData);
      stdin.once("end", resolve);
      stopReading = () => stdin.off("data", onData);
    });
  } finally {
    stopReading();
    stdin.setRawMode(false);
    stdin.pause();
  }
}
