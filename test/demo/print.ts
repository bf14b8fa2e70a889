import type { Terminal } from "../../src/cli/terminal.ts";
import { cut, fill, textWidth, wrap } from "../../src/cli/text-width.ts";

/** Columns before what a line says: `  12.3 s  `. */
const MARGIN = 10;
const PORT_COLUMNS = 6;
/** Wider lines are hard to read, however wide the terminal is. */
const MAX_COLUMNS = 100;

/** Writes the show: each line has the seconds since the start, and none is wider than the terminal. */
export class Printer {
  readonly terminal: Terminal;
  readonly #startedMs = performance.now();

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  get columns(): number {
    return Math.min(this.terminal.columns, MAX_COLUMNS);
  }

  /** The seconds since the show began, e.g. `12.3 s`. */
  get elapsed(): string {
    return `${((performance.now() - this.#startedMs) / 1000).toFixed(1)} s`;
  }

  /** The title of an act. */
  heading(text: string): void {
    const { bold, dim } = this.terminal.style;
    const rule = "─".repeat(Math.max(2, this.columns - textWidth(text) - 4));
    this.terminal.out(`\n${dim("──")} ${bold(text)} ${dim(rule)}\n`);
  }

  /** What the viewer should know, before it is to be seen. */
  note(text: string): void {
    for (const line of wrap(text, this.columns - 2)) this.terminal.out(`  ${line}\n`);
  }

  /** What the show itself does, e.g. plug something in. */
  act(text: string): void {
    this.#stamped(`▸ ${text}`, this.terminal.style.bold);
  }

  /** Something that has come out as it should. */
  good(text: string): void {
    this.#stamped(`✓ ${text}`, this.terminal.style.good);
  }

  bad(text: string): void {
    this.#stamped(`✗ ${text}`, this.terminal.style.bad);
  }

  /** Progress of the preparations. */
  step(text: string): void {
    this.#stamped(text, (line) => line);
  }

  /** What the agent reports: the port, what happened and, dimmed, why. */
  event(port: string | null, what: string, why: string, paint: (text: string) => string): void {
    const room = this.columns - MARGIN - PORT_COLUMNS;
    const shown = cut(what, room);
    const rest = room - textWidth(shown) - 2;
    const because = why === "" || rest < 8 ? "" : `  ${this.terminal.style.dim(cut(why, rest))}`;
    this.terminal.out(`${this.#stamp()}${fill(port ?? "", PORT_COLUMNS)}${paint(shown)}${because}\n`);
  }

  /** A finished text such as the status table, with empty lines around it. */
  block(text: string): void {
    this.terminal.out(`\n${text.trimEnd()}\n\n`);
  }

  #stamped(text: string, paint: (line: string) => string): void {
    const [first = "", ...rest] = wrap(text, this.columns - MARGIN);
    this.terminal.out(`${this.#stamp()}${paint(first)}\n`);
    for (const line of rest) this.terminal.out(`${" ".repeat(MARGIN)}${paint(line)}\n`);
  }

  #stamp(): string {
    return this.terminal.style.dim(`${this.elapsed.padStart(MARGIN - 2)}  `);
  }
}
