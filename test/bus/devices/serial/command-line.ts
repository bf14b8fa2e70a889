/** One command of a line, as V.250 (5.3, 5.4) and 3GPP TS 27.007 (4) write them. */
export interface AtCommand {
  /** As sent, without the line's `AT`. */
  readonly raw: string;
  /** Upper case, e.g. `Z`, `&D`, `S0`, `D`, `+CPIN`. */
  readonly name: string;
  /** `ATI`, `AT+X` are execute; `AT+X?` read; `AT+X=?` test; `AT+X=…`, `ATS0=0` set. */
  readonly kind: "execute" | "read" | "test" | "set";
  /** Digits of a basic command, the dial string, or what follows `=`. */
  readonly argument: string;
}

const BASIC = /^(S\d+(?=[=?])|&?[A-Z])(\d*)/;
const EXTENDED = /^[+^$%*][A-Z0-9!%\-./:_]+/;
/** An S-parameter's value is digits (V.250, 5.3.2); an extended command's goes on to the next semicolon (5.4.2.1). */
const DIGITS = /^=(\d*)/;
const PARAMETER = /^=((?:"[^"]*"?|[^";])*)/;

/** The commands of a line without its CR; null when it does not begin with `AT`, and so is no command line. */
export function parseCommandLine(line: string): AtCommand[] | null {
  const [, body] = /^\s*AT(.*)$/is.exec(line) ?? [];
  if (body === undefined) return null;
  const commands: AtCommand[] = [];
  for (let rest = body.trim(); rest !== ""; ) {
    const command = firstCommand(rest);
    commands.push(command);
    rest = rest.slice(command.raw.length).replace(/^[\s;]+/, "");
  }
  return commands;
}

function firstCommand(text: string): AtCommand {
  const upper = text.toUpperCase();
  // The dial string takes the rest of the line (V.250, 6.3.1).
  if (upper.startsWith("D")) return { raw: text, name: "D", kind: "execute", argument: text.slice(1).trim() };
  const extended = EXTENDED.exec(upper)?.[0];
  if (extended !== undefined) return withSuffix(text, extended, "");
  const [basic, name, digits] = BASIC.exec(upper) ?? [];
  if (basic !== undefined && name !== undefined) return withSuffix(text, basic, digits ?? "", name);
  // What is no command takes the whole line with it, so that it is answered with ERROR once.
  return { raw: text, name: "", kind: "execute", argument: "" };
}

function withSuffix(text: string, head: string, digits: string, name = head): AtCommand {
  const rest = text.slice(head.length);
  const make = (kind: AtCommand["kind"], suffix: string, argument: string): AtCommand => ({
    raw: text.slice(0, head.length + suffix.length),
    name,
    kind,
    argument,
  });
  if (rest.startsWith("=?")) return make("test", "=?", "");
  if (rest.startsWith("?")) return make("read", "?", "");
  const [suffix, argument] = (name.startsWith("S") ? DIGITS : PARAMETER).exec(rest) ?? [];
  return suffix === undefined ? make("execute", "", digits) : make("set", suffix, (argument ?? "").trim());
}

/** A set command's parameters: comma-separated, quotes taken off. */
export function parameters(argument: string): string[] {
  const fields = argument.match(/"[^"]*"?|[^,"]+|,/g) ?? [];
  const values = [""];
  for (const field of fields) {
    if (field === ",") values.push("");
    else values[values.length - 1] += field.replaceAll('"', "").trim();
  }
  return values;
}
