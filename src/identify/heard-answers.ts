import { parseAti, parseText } from "../at/answers/identity.ts";
import { parseFinalResult } from "../at/final-result.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { TtyAnswer } from "./types.ts";

/** Another device has come; what was heard before is not its. */
const ATTACHED = "device.attached";
const INTERFACE = /\/if([0-9a-f]{2})$/;

interface Dialogue {
  /** The command that was sent last. */
  command: string;
  lines: string[];
  answers: boolean;
  manufacturer: string | null;
  model: string | null;
}

/**
 * What each tty of a port answered to the agent, by interface number: out of the journal's entries of that port, oldest first,
 * of the topics `at` and `event`. Only make and model are taken of it: other answers have numbers that name the SIM.
 */
export function heardAnswers(entries: Iterable<JournalEntry>): ReadonlyMap<number, TtyAnswer> {
  const dialogues = new Map<number, Dialogue>();
  for (const { topic, text, data } of entries) {
    if (topic === "event" && text === ATTACHED) dialogues.clear();
    if (topic !== "at" || typeof data?.tty !== "string") continue;
    const digits = INTERFACE.exec(data.tty)?.[1];
    if (digits === undefined) continue;
    const number = Number.parseInt(digits, 16);
    const dialogue = dialogues.get(number) ?? newDialogue();
    dialogues.set(number, dialogue);
    if (text.startsWith("→ ")) {
      dialogue.command = text.slice(2).trim();
      dialogue.lines = [];
    } else if (text.startsWith("← ")) {
      take(dialogue, text.slice(2).trim());
    }
  }
  return new Map([...dialogues].map(([number, dialogue]) => [number, answerOf(dialogue)]));
}

function newDialogue(): Dialogue {
  return { command: "", lines: [], answers: false, manufacturer: null, model: null };
}

function take(dialogue: Dialogue, line: string): void {
  const { command, lines } = dialogue;
  if (command === "" || line === command) return;
  const final = parseFinalResult(line, { dialling: command.startsWith("ATD"), numeric: false });
  if (final === null) {
    lines.push(line);
    return;
  }
  dialogue.answers = true;
  if (final.kind === "OK" && command === "AT+CGMI") dialogue.manufacturer = parseText(lines, "+CGMI");
  if (final.kind === "OK" && command === "AT+CGMM") dialogue.model = parseText(lines, "+CGMM");
  if (final.kind === "OK" && command === "ATI") {
    const said = parseAti(lines);
    dialogue.manufacturer ??= said.manufacturer;
    dialogue.model ??= said.model;
  }
  dialogue.command = "";
}

function answerOf({ answers, manufacturer, model, command }: Dialogue): TtyAnswer {
  return answers
    ? { kind: "answers", manufacturer, model }
    : { kind: "failed", why: `no answer to the agent's ${command}` };
}
