import type { Command } from "commander";
import type { Surroundings } from "./surroundings.ts";

const CONFIG = "/etc/wanherd/wanherd.yaml";
/** A line, and some room for what a terminal or an editor puts around it. */
const MAX_INPUT = 4_096;
const PROGRAMS = [
  { name: "mptcpize", package: "mptcpize" },
  { name: "ss-redir", package: "shadowsocks-libev" },
] as const;

/** Adds `wanherd join` and `wanherd leave`. */
export function addJoinCommand(program: Command, { terminal, probe }: Surroundings): void {
  program
    .command("join")
    .description(
      "take a concentrator's invitation: links of the role bundle become one; - reads it from standard input",
    )
    .argument(
      "[line]",
      "what `wanherd concentrator invite` printed (default: -, so that it is in no list of processes)",
      "-",
    )
    .option("--config <file>", `configuration, beside which it is kept (default: ${CONFIG})`)
    .action(async (argument: string, { config = CONFIG }: { config?: string }) => {
      const [{ parseInvitation }, { joinedFile, keepJoined }] = await Promise.all([
        import("../bundle/invitation.ts"),
        import("../bundle/joined.ts"),
      ]);
      const invitation = parseInvitation(argument === "-" ? await readInput() : argument);
      if (typeof invitation === "string") throw new Error(`that is ${invitation}`);
      await keepJoined(joinedFile(config), invitation);
      terminal.out(`${invitation.host} is the concentrator from now on\n`);
      const found = await Promise.all(PROGRAMS.map(({ name }) => probe.findProgram(name)));
      const missing = PROGRAMS.filter((_, index) => found[index] === null).map((each) => each.package);
      if (missing.length > 0) terminal.out(`→ apt install ${missing.join(" ")}\n`);
      terminal.out("`wanherd move PORT bundle`, or role: bundle in the config, says which links it has\n");
    });

  program
    .command("leave")
    .description("forget the concentrator that was joined; its links are balanced")
    .option("--config <file>", `configuration, beside which it is kept (default: ${CONFIG})`)
    .action(async ({ config = CONFIG }: { config?: string }) => {
      const { forgetJoined, joinedFile } = await import("../bundle/joined.ts");
      await forgetJoined(joinedFile(config));
      terminal.out("the concentrator is forgotten\n");
    });
}

/** The first line of standard input. */
async function readInput(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += part;
    if (text.includes("\n") || text.length > MAX_INPUT) break;
  }
  return text.split("\n")[0] ?? "";
}
