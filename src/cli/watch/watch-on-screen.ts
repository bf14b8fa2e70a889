import { failureFrom, printable } from "../../../machines/failure.ts";
import type { JournalEntry } from "../../journal/types.ts";
import { MOVED, PORT_ACTIONS } from "../port-actions.ts";
import type { Surroundings } from "../surroundings.ts";
import { asciiText, takesUtf8 } from "./charset.ts";
import { followAgent } from "./follow-agent.ts";
import { readKeys } from "./keys.ts";
import { onKey, type Wish } from "./on-key.ts";
import { type Picture, renderWatch, type WatchPage } from "./render-watch.ts";
import { drawingOf, leaving } from "./screen.ts";
import { beginWatch, hear, type News, type WatchState } from "./state.ts";

/** Between two drawings at least: news come in bursts. */
const DRAW_MS = 50;
/** A sequence whose rest has not come by then is no sequence; a slow line takes 3 ms for it. */
const ESCAPE_MS = 100;
const RATES_MS = 1_000;
const PAST_ENTRIES = 50;
/** Of the selected port, as `explain` reads. */
const HISTORY_ENTRIES = 200;
const ENDS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The screen, from the first status to the key or the signal that ends it; then the terminal is as it was, with the last picture
 * left on it. Rejects when there is no agent at first, and then has not touched the terminal.
 */
export async function watchOnScreen(surroundings: Surroundings, socket: string): Promise<void> {
  const { terminal, now } = surroundings;
  const { stdin, stdout } = process;
  const client = surroundings.client(socket);
  const isUtf8 = takesUtf8(process.env);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  let state: WatchState | null = null;
  let drawn: Picture | null = null;
  let drawing: NodeJS.Timeout | null = null;
  let typed = "";
  let unfinished: NodeJS.Timeout | undefined;

  // A serial line tells no size: 0 by 0.
  const page = (): WatchPage => ({
    now: now(),
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
    style: terminal.style,
  });

  const draw = (): void => {
    drawing = null;
    if (state === null || ending.signal.aborted) return;
    const picture = renderWatch(state, page());
    const shown = isUtf8 ? picture : { ...picture, lines: picture.lines.map(asciiText) };
    terminal.out(drawingOf(drawn, shown));
    drawn = shown;
  };
  const drawSoon = (): void => {
    drawing ??= setTimeout(draw, DRAW_MS);
  };
  const drawAnew = (): void => {
    drawn = null;
    drawSoon();
  };
  const tell = (news: News): void => {
    if (state === null) return;
    state = hear(state, news);
    drawSoon();
  };

  const attach = (): void => {
    stdin.setRawMode(true);
    stdin.resume();
    drawAnew();
  };
  const detach = (): void => {
    if (drawn !== null) terminal.out(leaving(drawn));
    drawn = null;
    stdin.setRawMode(false);
    stdin.pause();
  };
  /** Ctrl-Z: the shell gets the terminal as it was, until SIGCONT. */
  const suspend = (): void => {
    detach();
    process.kill(process.pid, "SIGSTOP");
  };

  const grant = async (wish: Wish): Promise<void> => {
    switch (wish.type) {
      case "quit":
        return end();
      case "suspend":
        return suspend();
      case "redraw":
        return drawAnew();
      case "act": {
        const { port, action, now: atOnce } = wish;
        await client.act(port, action, atOnce);
        const done = PORT_ACTIONS.find(({ name }) => name === action)?.done ?? "";
        return tell({ type: "note", text: `${port} ${done}.` });
      }
      case "move": {
        const { uplink, to } = wish;
        await client.setRank(uplink, { role: to });
        return tell({ type: "note", text: `${printable(uplink, 15)}: ${MOVED[to]}.` });
      }
      case "read": {
        const { of } = wish;
        const entries: JournalEntry[] = [];
        for await (const entry of client.events({ port: of, limit: HISTORY_ENTRIES, signal: ending.signal }))
          entries.push(entry);
        return tell({ type: "history", of, entries });
      }
    }
  };
  const type = (text: string, isWhole: boolean): void => {
    clearTimeout(unfinished);
    const { keys, rest } = readKeys(text, isWhole);
    typed = rest;
    if (rest !== "") unfinished = setTimeout(() => type(typed, true), ESCAPE_MS);
    for (const key of keys) {
      if (state === null) return;
      const answer = onKey(state, key, page());
      state = answer.state;
      drawSoon();
      if (answer.wish === null) continue;
      grant(answer.wish).catch((error) => tell({ type: "note", text: failureFrom(error).message }));
    }
  };
  const onData = (data: Buffer | string): void => type(typed + data.toString(), false);

  const begin = (): void => {
    stdin.setEncoding("utf8");
    stdin.on("data", onData);
    stdin.on("end", end);
    // EIO: the terminal was hung up. Kept to the last, as giving it back may then fail too.
    stdin.on("error", end);
    stdout.on("resize", drawAnew);
    process.on("SIGTSTP", suspend);
    process.on("SIGCONT", attach);
    for (const signal of ENDS) process.on(signal, end);
    terminal.gone.addEventListener("abort", end);
    // However it ends, a fault of ours included.
    process.on("exit", detach);
    attach();
  };
  const finish = (): void => {
    clearTimeout(drawing ?? undefined);
    clearTimeout(unfinished);
    process.off("exit", detach);
    detach();
    terminal.gone.removeEventListener("abort", end);
    for (const signal of ENDS) process.off(signal, end);
    process.off("SIGCONT", attach);
    process.off("SIGTSTP", suspend);
    stdout.off("resize", drawAnew);
    stdin.off("end", end);
    stdin.off("data", onData);
  };

  try {
    await followAgent({
      client,
      socket,
      past: PAST_ENTRIES,
      everyMs: RATES_MS,
      signal: ending.signal,
      onStatus: (status) => {
        const atMs = performance.now();
        if (state !== null) return tell({ type: "status", status, atMs });
        state = beginWatch(status, atMs);
        begin();
      },
      onEntry: (entry) => tell({ type: "entry", entry }),
      onAway: (why) => tell({ type: "away", since: now().toISOString(), why }),
    });
  } finally {
    if (state !== null) finish();
  }
}
