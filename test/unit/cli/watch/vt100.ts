/**
 * A terminal that knows what a VT100 does (user guide, chapter 3), as far as `watch` may use it: a test's eyes. Whatever else
 * it is sent, a control character or a sequence, it refuses by throwing.
 */
export class Vt100 {
  rows: number;
  columns: number;
  row = 0;
  column = 0;
  readonly colours = new Set<string>();
  #cells: string[][] = [];
  #rest = "";

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.resize(rows, columns);
  }

  /** Keeps what there was at the top left, as most terminals do. */
  resize(rows: number, columns: number): void {
    this.#cells = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => this.#cells[row]?.[column] ?? " "),
    );
    [this.rows, this.columns] = [rows, columns];
    this.row = Math.min(this.row, rows - 1);
  }

  write(text: string): void {
    let left = this.#rest + text;
    this.#rest = "";
    while (left !== "") {
      const [sequence = "", numbers = "", final = ""] = /^\u001b\[([0-9;]*)([A-Za-z])/.exec(left) ?? [];
      if (sequence !== "") {
        this.#obey(numbers, final);
        left = left.slice(sequence.length);
      } else if (/^\u001b(\[[0-9;]*)?$/.test(left)) {
        this.#rest = left;
        return;
      } else {
        const sign = String.fromCodePoint(left.codePointAt(0) ?? 0);
        this.#put(sign);
        left = left.slice(sign.length);
      }
    }
  }

  /** What one sees, a line for each row, without the blanks at their ends. */
  get lines(): string[] {
    return this.#cells.map((cells) => cells.join("").trimEnd());
  }

  get text(): string {
    return this.lines.join("\n");
  }

  #obey(numbers: string, final: string): void {
    const [first = 0, second = 0] = numbers.split(";").map(Number);
    if (final === "H") {
      this.row = Math.min(this.rows, Math.max(1, first)) - 1;
      this.column = Math.min(this.columns, Math.max(1, second)) - 1;
    } else if (final === "J" && first === 0) {
      this.#erase(this.row, this.column);
      for (let row = this.row + 1; row < this.rows; row += 1) this.#erase(row, 0);
    } else if (final === "K" && (first === 0 || first === 2)) {
      // Behind the last column there is none: the cursor is still on it.
      this.#erase(this.row, first === 2 ? 0 : Math.min(this.column, this.columns - 1));
    } else if (final === "m") {
      this.colours.add(numbers);
    } else {
      throw new Error(`a VT100 knows no ${JSON.stringify(`ESC [${numbers}${final}`)}`);
    }
  }

  #put(sign: string): void {
    if (sign === "\r") this.column = 0;
    else if (sign === "\n") this.#feed();
    else if (/\p{C}/u.test(sign)) throw new Error(`a VT100 shows no ${JSON.stringify(sign)}`);
    else {
      if (this.column === this.columns) {
        this.column = 0;
        this.#feed();
      }
      const cells = this.#cells[this.row];
      if (cells !== undefined) cells[this.column] = sign;
      this.column += 1;
    }
  }

  #feed(): void {
    if (this.row < this.rows - 1) this.row += 1;
    else this.#cells = [...this.#cells.slice(1), Array<string>(this.columns).fill(" ")];
  }

  #erase(row: number, from: number): void {
    this.#cells[row]?.fill(" ", from);
  }
}
