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
  /** Whether the last line is empty. */
  #isApart = false;

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
    this.#setApart();
    this.#line(`${dim("──")} ${bold(text)} ${dim(rule)}`);
  }

  /** What the viewer should know, before it is to be seen. */
  note(text: string): void {
    for (const line of wrap(text, this.columns - 2)) this.#line(`  ${line}`);
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
    const [shown = "", ...more] = wrap(what, room);
    const rest = room - textWidth(shown) - 2;
    const because = why === "" || rest < 8 ? "" : `  ${this.terminal.style.dim(cut(why, rest))}`;
    this.#line(`${this.#stamp()}${fill(port ?? "", PORT_COLUMNS)}${paint(shown)}${because}`);
    for (const line of more) this.#line(`${" ".repeat(MARGIN + PORT_COLUMNS)}${paint(line)}`);
  }

  /** A finished text such as the status table, with empty lines around it. */
  block(text: string): void {
    this.#setApart();
    this.#line(text.trimEnd());
    this.#setApart();
  }

  #stamped(text: string, paint: (line: string) => string): void {
    const lines = text.split("\n").flatMap((line) => wrap(line, this.columns - MARGIN));
    lines.forEach((line, index) => {
      this.#line(`${index === 0 ? this.#stamp() : " ".repeat(MARGIN)}${paint(line)}`);
    });
  }

  #stamp(): string {
    return this.terminal.style.dim(`${this.elapsed.padStart(MARGIN - 2)}  `);
  }

  #setApart(): void {
    if (!this.#isApart) this.terminal.out("\n");
    this.#isApart = true;
  }

  #line(text: string): void {
    this.terminal.out(`${text}\n`);
    this.#isApart = false;
  }
}
