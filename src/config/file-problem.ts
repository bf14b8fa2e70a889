import { printable } from "../../machines/failure.ts";

/** What is wrong with a file that a person wrote, and where. Never quotes a value: it may be a secret. */
export interface FileProblem {
  readonly file: string;
  /** Counted from 1. 0: the file as a whole. */
  readonly line: number;
  readonly reason: string;
}

/** `rules/zte.yaml:12: name: expected text` */
export function renderFileProblem(problem: FileProblem): string {
  return `${problem.file}${problem.line > 0 ? `:${problem.line}` : ""}: ${problem.reason}`;
}

/** The problem that a file cannot be read at all. */
export function unreadable(file: string, error: unknown): FileProblem {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String((error as Error).message);
  return { file, line: 0, reason: `cannot be read: ${printable(reason, 200)}` };
}
