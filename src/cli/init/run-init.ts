import { renderFileProblem } from "../../config/file-problem.ts";
import { parseConfig } from "../../config/load-config.ts";
import { readRegulatoryDb } from "../../config/regulatory-db.ts";
import type { Answers, Offers } from "./answers.ts";
import type { Asker } from "./ask.ts";
import { renderConfig } from "./render-config.ts";
import { KEPT, saysSomething, writeConfig } from "./write-config.ts";

export interface InitOptions {
  readonly file: string;
  /** What the command line answers already. */
  readonly given: Partial<Answers>;
  readonly force: boolean;
  readonly offers: Offers;
  /** Null: nobody is asked. */
  readonly asker: Asker | null;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const NONE = "none";
const AUTO = "auto";

/**
 * Writes a config of what was answered; resolves with whether it did. Each answer is checked by the config's own schema: a person
 * is asked again, a command line is refused. Rejects with a system error when the file cannot be written.
 */
export async function runInit(options: InitOptions): Promise<boolean> {
  const { file, force, given, offers, asker, out, err } = options;
  if (!force && (await saysSomething(file))) {
    err(
      `wanherd: ${file} says something already\n→ edit it, or \`wanherd init --force\`, which keeps it as ${file}${KEPT}\n`,
    );
    return false;
  }
  const answers = asker === null ? unasked(given, offers) : await asked(given, offers, asker, err);
  if (answers === null) {
    err("wanherd: nothing was written\n");
    return false;
  }
  const text = renderConfig(answers);
  const problems = await problemsOf(text, file);
  if (problems.length > 0) {
    for (const problem of problems) err(`wanherd: ${problem}\n`);
    err("wanherd: nothing was written\n");
    return false;
  }
  await writeConfig(file, text);
  out(`${file} is written.\n`);
  if (answers.lanAddress !== null)
    out(`The LAN is ${answers.lanAddress}, as the usual network is used here already.\n`);
  out("Next: `wanherd doctor` looks whether something is in the way; then plug in a stick.\n");
  return true;
}

function unasked(given: Partial<Answers>, offers: Offers): Answers {
  return {
    ...{ country: null, ssid: null, passphrase: null, apn: null, backup: null },
    lanAddress: offers.lanAddress,
    ...given,
  };
}

/** The five questions; null: whoever answers has gone. */
async function asked(
  given: Partial<Answers>,
  offers: Offers,
  asker: Asker,
  err: (text: string) => void,
): Promise<Answers | null> {
  const questions: readonly Question[] = [
    { key: "country", text: "Country, in two letters, for the radios", offer: offers.country ?? NONE, nothing: NONE },
    { key: "ssid", text: "Name of the WiFi network", offer: "MobileAP", nothing: "MobileAP" },
    {
      key: "passphrase",
      text: "Its passphrase, 8 to 63 characters; auto makes one",
      offer: AUTO,
      nothing: AUTO,
      secret: true,
    },
    { key: "apn", text: "Access point name (APN) of the SIMs; auto knows most", offer: AUTO, nothing: AUTO },
    {
      key: "backup",
      text: "An interface to use while no modem is good",
      offer: offers.uplinks[0] ?? NONE,
      nothing: NONE,
    },
  ];
  let answers: Answers = unasked(given, offers);
  for (const question of questions) {
    if (given[question.key] !== undefined) continue;
    for (;;) {
      const said = await asker.ask(question.text, question.offer, question.secret);
      if (said === null) return null;
      const next = { ...answers, [question.key]: said === question.nothing ? null : normal(question.key, said) };
      const problems = await problemsOf(renderConfig(next), "that");
      if (problems.length === 0) {
        answers = next;
        break;
      }
      for (const problem of problems) err(`${problem.replace(/^that(?::\d+)?: /, "  ")}\n`);
    }
  }
  return answers;
}

interface Question {
  readonly key: Exclude<keyof Answers, "lanAddress">;
  readonly text: string;
  readonly offer: string;
  /** The answer that leaves the key out. */
  readonly nothing: string;
  readonly secret?: boolean;
}

function normal(key: string, said: string): string {
  return key === "country" ? said.toUpperCase() : said;
}

async function problemsOf(text: string, file: string): Promise<readonly string[]> {
  const loaded = parseConfig(text, file, await readRegulatoryDb());
  return "problems" in loaded ? loaded.problems.map(renderFileProblem) : [];
}
