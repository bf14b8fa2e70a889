import type { Command } from "commander";

/** Takes port paths from the kernel's list, so that completing asks no agent and is instant. */
const PORTS = "$(cd /sys/bus/usb/devices 2>/dev/null && ls -d [0-9]*-* 2>/dev/null | grep -v :)";

/** What an argument of this name may be. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  port: [PORTS],
  change: ["weight=", "weight=auto", "weight=config", "tier=", "tier=config"],
};

/** A bash completion script for the program: its commands, their options, their subcommands, and port paths. */
export function renderCompletion(program: Command): string {
  const visible = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");
  const commands = visible.map((command) => command.name());
  const cases = visible.map((command) => {
    const words = [
      ...command.commands.map((child) => child.name()),
      ...[command, ...command.commands].flatMap((each) => each.options.map((option) => option.long ?? "")),
      "--help",
      ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? WORDS[argument.name()] ?? []),
    ];
    return `    ${command.name()}) words="${[...new Set(words)].join(" ")}" ;;`;
  });
  return `_wanherd() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    --port|--link) COMPREPLY=($(compgen -W "${PORTS}" -- "$word")); return ;;
    --config|--socket|--rules|--svg|--passphrase-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${[...commands, "help", "--help", "--version"].join(" ")}"
  else case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _wanherd wanherd
`;
}
