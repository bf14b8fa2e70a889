import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { Surroundings } from "../surroundings.ts";
import type { Answers } from "./answers.ts";

interface InitFlags {
  readonly config: string;
  readonly yes?: true;
  readonly force?: true;
  readonly country?: string;
  readonly ssid?: string;
  readonly passphraseFile?: string;
  readonly apn?: string;
  readonly backup?: string;
}

const NOBODY = `wanherd: nobody can be asked here: stdin is no terminal
→ wanherd init --yes [--country SE] [--ssid NAME] [--passphrase-file FILE] [--apn APN] [--backup INTERFACE]
`;

/** Adds `init`: five questions, or none with --yes, and a config of the answers. */
export function addInit(
  program: Command,
  { terminal }: Pick<Surroundings, "terminal">,
  end: (outcome: "failed" | "usage") => void,
): void {
  program
    .command("init")
    .description("write the config by five questions, or without any by --yes")
    .option("--config <file>", "where to write it", "/etc/wanherd/wanherd.yaml")
    .option("--yes", "ask nothing: defaults, but for what the other options say")
    .option("--force", "replace a config that says something; it is kept beside the new one")
    .option("--country <letters>", "where the access point stands, e.g. SE")
    .option("--ssid <name>", "name of the WiFi network")
    .option("--passphrase-file <file>", "file whose first line is its passphrase; -: standard input")
    .option("--apn <apn>", "access point name of the SIMs")
    .option("--backup <interface>", "an interface to use while no modem is good")
    .action(async (flags: InitFlags) => {
      if (flags.yes !== true && !process.stdin.isTTY) {
        terminal.err(NOBODY);
        return end("usage");
      }
      const [{ createAsker }, { findOffers }, { runInit }] = await Promise.all([
        import("./ask.ts"),
        import("./find-offers.ts"),
        import("./run-init.ts"),
      ]);
      const given = await answered(flags);
      const asker = flags.yes ? null : createAsker(process.stdin, process.stderr);
      try {
        const offers = await findOffers(process.env);
        const { out, err } = terminal;
        const force = flags.force === true;
        if (!(await runInit({ file: flags.config, given, force, offers, asker, out, err }))) end("failed");
      } finally {
        asker?.close();
      }
    });
}

async function answered({ country, ssid, passphraseFile, apn, backup }: InitFlags): Promise<Partial<Answers>> {
  const passphrase = passphraseFile === undefined ? undefined : await firstLine(passphraseFile);
  const all = { country: country?.toUpperCase(), ssid, passphrase, apn, backup };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** In no argument, as every user of a computer can read those. */
async function firstLine(file: string): Promise<string> {
  const content = file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  return content.split(/\r?\n/, 1)[0] ?? "";
}
