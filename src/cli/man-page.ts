import type { Command } from "commander";

/** What a manual page has beside the program's own help. */
export interface ManPageOptions {
  readonly version: string;
  /** Paragraphs of the section EXIT STATUS. */
  readonly exitCodes: string;
  /** Files that the program reads or writes, each with what it is. */
  readonly files: readonly (readonly [path: string, what: string])[];
}

/** The program's manual page, for section 8, in the macros of man(7). All it says of commands is their own help. */
export function renderManPage(program: Command, { version, exitCodes, files }: ManPageOptions): string {
  const name = program.name();
  const commands = visible(program).flatMap((command) =>
    command.commands.length === 0 ? [command] : [...command.commands],
  );
  return [
    `.TH ${name.toUpperCase()} 8 "" "${name} ${troff(version)}"`,
    ".SH NAME",
    `${name} \\- ${troff(program.description().replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    ".I command",
    "[options]",
    ".SH COMMANDS",
    ...commands.flatMap((command) => [
      ".TP",
      `.B ${troff(usage(command, name))}`,
      troff(sentence(command.description())),
      ...command.options.flatMap((option) => [
        ".RS",
        ".TP",
        `.B ${troff(option.flags)}`,
        troff(sentence(option.description)),
        ".RE",
      ]),
    ]),
    ".SH EXIT STATUS",
    troff(exitCodes),
    ".SH FILES",
    ...files.flatMap(([path, what]) => [".TP", `.I ${troff(path)}`, troff(what)]),
    ".SH SEE ALSO",
    ".BR pppd (8),",
    ".BR hostapd (8),",
    ".BR nft (8),",
    ".BR usb_modeswitch (1)",
    "",
  ].join("\n");
}

function visible(program: Command): readonly Command[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");
}

/** `status`, `rules check`, `explain <port>`: without the program's own name. */
function usage(command: Command, program: string): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null && each.name() !== program; each = each.parent)
    names.unshift(each.name());
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...names, ...args].join(" ");
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(first) ? first : `${first}.`;
}

/** No macro and no escape of troff (man(7)): a backslash, a hyphen that must stay one, a line that begins with a dot or quote. */
function troff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .split("\n")
    .map((line) => line.trim().replace(/^([.'])/, "\\&$1"))
    .join("\n");
}
