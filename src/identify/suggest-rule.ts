import { nameOf } from "../rules/rule-book.ts";
import type { Identification, SeenInterface, Suggestion } from "./types.ts";

/** What a suggestion is made of. */
export type Seen = Omit<Identification, "schema" | "suggestion">;

export interface SuggestionOptions {
  /** `2026-01-05`; the rule names it as its source. */
  readonly date: string;
  /** Its ids are those of several devices, so that a rule needs another condition. */
  readonly ambiguous: boolean;
}

/** Drivers with which a modem is a network card to us; drivers/net/usb of Linux. */
const NETWORK_CARDS = /^(?:cdc_ether|cdc_ncm|cdc_mbim|huawei_cdc_ncm|qmi_wwan|rndis_host|ipheth|sierra_net)$/;

/** A rule to begin with for what no rule knows yet, or why there is none to suggest. Pure. */
export function suggestRule(seen: Seen, options: SuggestionOptions): Suggestion {
  const { identity, interfaces } = seen;
  const none = (why: string): Suggestion => ({ kind: "none", why });
  if (identity.kind === "hub") return none("it is a hub");
  if (identity.kind === "modem" || identity.kind === "storage") return none("it is known already");
  if (identity.kind === "unswitchable")
    return none(`it is known, but not how it is switched without ${identity.method}`);
  const withTty = interfaces.filter(({ ttys }) => ttys.length > 0);
  const answering = withTty.filter(({ ttys }) => ttys.some(({ answer }) => answer.kind === "answers"));
  if (answering.length > 0) return portsRule(seen, answering, options);
  const network = interfaces.find(({ driver }) => driver !== null && NETWORK_CARDS.test(driver));
  if (network !== undefined && withTty.length === 0) {
    const [name = "its interface"] = network.networks;
    return none(
      `it is a network card (${network.driver}): set it up, and name ${name} under \`uplinks\` in the config`,
    );
  }
  if (identity.kind === "maybe" && withTty.length > 0) {
    const failed = withTty.some(({ ttys }) => ttys.some(({ answer }) => answer.kind === "failed"));
    return none(
      failed
        ? "none of its serial ports answers AT: plug it in again, wait ten seconds, and ask anew"
        : "its serial ports were not asked yet: `--ask` does that",
    );
  }
  if (interfaces.some(({ drives }) => drives.includes("CD-ROM"))) return switchRule(seen, options);
  const idle = interfaces.filter(({ driver, class: triple }) => driver === null && triple.startsWith("ff/"));
  if (idle.length > 0) {
    const [vendor, product] = seen.usbId.split(":");
    const numbers = idle.map(({ number }) => number).join(", ");
    return none(
      `no driver has taken interface ${numbers}: if it is a modem, \`modprobe option\` and ` +
        `\`echo ${vendor} ${product} > /sys/bus/usb-serial/drivers/option1/new_id\` give it serial ports; then ask anew with --ask`,
    );
  }
  return none(`nothing of it looks like a modem: ${identity.why}`);
}

/** The first port that answers is for commands, another one for data where there is one. */
function portsRule(seen: Seen, answering: readonly SeenInterface[], options: SuggestionOptions): Suggestion {
  const numbers = answering.map(({ number }) => number);
  const [at = 0, data = at] = numbers;
  const others = numbers.length > 2 ? `; ${numbers.slice(2).join(", ")} answer too` : "";
  const why =
    at === data
      ? `interface ${at} alone answers AT, so it is for commands and data`
      : `interfaces ${at} and ${data} answer AT${others}; which one takes a call is a guess: if DialRefused comes, change them`;
  return rule(seen, options, why, [`    ports: { at: ${at}, data: ${data} }`]);
}

function switchRule(seen: Seen, options: SuggestionOptions): Suggestion {
  const why =
    "it has a CD-ROM, as modems have in storage mode; to eject it, as a desktop does, is what most wait for, and a guess";
  return rule(seen, options, why, ["    switch:", "      steps: [standardEject]"]);
}

function rule(
  { device, usbId, interfaces }: Seen,
  { date, ambiguous }: SuggestionOptions,
  why: string,
  lines: readonly string[],
): Suggestion {
  const conditions = [`ids: [${quoted(usbId)}]`];
  if (ambiguous)
    conditions.push(
      `interfaces: [${[...new Set(interfaces.map((face) => quoted(face.class)))].slice(0, 16).join(", ")}]`,
    );
  const told = interfaces.flatMap((face) => {
    const what = [...face.ttys.map(({ answer }) => answerText(answer)), ...face.drives].join(", ");
    return `      - interface ${face.number} is ${face.class}${face.driver === null ? "" : `, ${face.driver}`}${what === "" ? "" : `: ${what}`}`;
  });
  const text = [
    `# ${why}`,
    `vendor: ${quoted(cut(device.manufacturer.trim(), 60) || "unknown")}`,
    "source:",
    `  - ${quoted(`wanherd identify ${device.port}, ${date}`)}`,
    "rules:",
    `  - name: ${quoted(cut(nameOf(device), 100))}`,
    `    match: { ${conditions.join(", ")} }`,
    ...lines,
    "    # As it was seen:",
    ...told.map((line) => cut(line.replace(/^ {6}-/, "    #"), 200)),
    "",
  ].join("\n");
  return { kind: "rule", file: `${usbId.replace(":", "-")}.yaml`, text, why };
}

function answerText(answer: SeenInterface["ttys"][number]["answer"]): string {
  if (answer.kind === "not asked") return `not asked: ${answer.why}`;
  if (answer.kind === "failed") return answer.why;
  const who = [answer.manufacturer, answer.model].filter((word) => word !== null).join(" ");
  return who === "" ? "answers AT" : `answers AT: ${who}`;
}

/** As YAML's double quotes have it, which JSON's are. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** To at most `max` UTF-16 units, no sign torn in two. */
function cut(text: string, max: number): string {
  return text.slice(0, max).replace(/[\ud800-\udbff]$/, "");
}
