import { PORTS, STICKS } from "./models.ts";
import type { Printer } from "./print.ts";
import type { Stage } from "./stage.ts";

const HELP = "1–7 plug or pull a stick · d connections · s status · e then 1–7 explain · h help · q end";

/** Lets the viewer plug and pull by keys, until q or Ctrl-C. Needs a terminal as standard input. */
export async function byHand(stage: Stage, print: Printer): Promise<void> {
  const { bus } = stage.box;
  const { stdin } = process;
  let next = 0;
  let explaining = false;

  const press = async (key: string): Promise<void> => {
    const number = PORTS.includes(Number(key)) ? Number(key) : null;
    if (number !== null && explaining) return stage.explain(bus.port(number));
    if (number !== null) return plugOrPull(bus.port(number));
    if (key === "d") await stage.showSplit(30);
    else if (key === "s") await stage.showStatus();
    else if (key === "h") print.note(HELP);
  };
  const plugOrPull = async (port: string): Promise<void> => {
    const { ports } = await stage.box.status();
    if (ports.some((each) => each.port === port)) {
      print.act(`${port} is pulled out`);
      await bus.unplug(port);
      return;
    }
    const stick = STICKS[next++ % STICKS.length] as (typeof STICKS)[number];
    print.act(`${stick.name} into ${port}`);
    await bus.plug(port, stick.make());
  };

  print.heading("Now you");
  print.note(HELP);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  try {
    for await (const keys of stdin) {
      for (const key of String(keys)) {
        if (key === "q" || key === "\u0003" || key === "\u0004") return;
        await press(key).catch((error: unknown) => print.bad(error instanceof Error ? error.message : String(error)));
        explaining = key === "e";
      }
    }
  } finally {
    stdin.setRawMode(false);
    stdin.unref();
  }
}
