import type { Identification, SeenInterface, TtyAnswer } from "../identify/types.ts";
import type { PortStatus } from "../inspector/types.ts";
import type { Terminal } from "./terminal.ts";
import { fill, wrap } from "./text-width.ts";

type Page = Pick<Terminal, "columns" | "style">;

const FOLDER = "/etc/wanherd/rules";

/** What `wanherd identify` prints: the device, its interfaces in a table, who knows it, and a rule to begin with. */
export function renderIdentification(
  found: Identification,
  status: PortStatus | null,
  { columns, style }: Page,
): string {
  const { device, usbId, identity, suggestion } = found;
  const strings = (["manufacturer", "product", "serial"] as const)
    .filter((name) => device[name] !== "")
    .map((name) => `${name} “${device[name]}”`);
  const head = [`Port ${device.port} holds ${usbId}`, ...strings, `${device.powerMilliamps} mA at most`].join(", ");
  const agent =
    status === null ? [] : [`The agent: ${status.state}${status.reason === undefined ? "" : `, ${status.reason}`}.`];
  const paragraphs = [
    `${head}.`,
    `${capital(KINDS[identity.kind])}: ${identity.name}. Why: ${identity.why}.`,
    ...agent,
  ];
  const text = (paragraph: string): string[] => wrap(paragraph, columns);
  return `${[
    ...paragraphs.flatMap(text),
    "",
    ...table(found.interfaces, style.dim),
    "",
    ...(suggestion.kind === "none"
      ? text(`No rule to suggest: ${suggestion.why}.`)
      : [
          ...text(`A rule to begin with, for ${FOLDER}/${suggestion.file} (\`--rule\` prints nothing else):`),
          "",
          ...suggestion.text.trimEnd().split("\n"),
          "",
          ...text(
            `Then \`wanherd rules check ${FOLDER}/${suggestion.file}\`, and \`systemctl reload wanherd\` makes the agent read it.`,
          ),
        ]),
  ].join("\n")}\n`;
}

const KINDS = {
  modem: "a modem",
  storage: "a modem in storage mode",
  unswitchable: "a modem in storage mode that cannot be switched here",
  maybe: "a modem, if it gets serial ports of a modem's driver",
  hub: "a hub",
  other: "left alone",
} as const;

/** One line for each interface, and for each of its ttys. */
function table(interfaces: readonly SeenInterface[], dim: (text: string) => string): readonly string[] {
  const rows = interfaces.flatMap((face) => {
    const first = [String(face.number), face.class, face.driver ?? "no driver"];
    const others = [...face.networks, ...face.controls, ...face.drives];
    const ttys = face.ttys.map(({ name, answer }) => [name, answerWords(answer)]);
    const [begin = ["", ""], ...rest] = others.length > 0 ? [...ttys, [others.join(", "), ""]] : ttys;
    return [[...first, ...begin], ...rest.map((cells) => ["", "", "", ...cells])];
  });
  const all = [["if", "class", "driver", "as", "what it answers to AT"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const lines = all.map((cells) =>
    cells
      .map((cell, at) => fill(cell, widths[at] ?? cell.length))
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line, index) => (index === 0 ? dim(line) : line));
}

function answerWords(answer: TtyAnswer): string {
  if (answer.kind === "not asked") return `not asked: ${answer.why}`;
  if (answer.kind === "failed") return answer.why;
  return [answer.manufacturer, answer.model].filter((word) => word !== null).join(" ") || "it answers";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
