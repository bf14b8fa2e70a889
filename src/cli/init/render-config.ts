import { stringify } from "yaml";
import type { Answers } from "./answers.ts";

const HEAD = `# Made by \`wanherd init\`. What is not said here is as by default; README and the package's own file name all keys.
# wanherd reads it again when it changes, and refuses one with a mistake.
`;

/** The config that says what was answered and nothing else, each key with what it is for. */
export function renderConfig(answers: Answers): string {
  const { country, ssid, passphrase, apn, backup, lanAddress } = answers;
  const radio = [
    ...said("country", country, "Where it stands: what channels and what power are allowed."),
    ...said("ssid", ssid, "The network's name."),
    ...said(
      "passphrase",
      passphrase,
      "8 to 63 characters. Without this key one is made: `wanherd passphrase` prints it.",
    ),
  ];
  return [
    HEAD,
    ...section("accessPoint", "The access point that WiFi dongles become.", radio),
    ...(apn === null
      ? []
      : section("modems", "For all modems; one can be named beside `defaults`, by its port, IMEI, IMSI or ICCID.", [
          "  defaults:",
          ...said("apn", apn, "The access point name; auto: the one that is known for the SIM.").map(
            (line) => `  ${line}`,
          ),
        ])),
    ...(backup === null
      ? []
      : section("uplinks", "Set up by others; in tier 2 it is used while no modem is good.", [
          `  - { interface: ${scalar(backup)}, tier: 2 }`,
        ])),
    ...section("lan", "The network behind this computer.", lan(lanAddress)),
  ].join("\n");
}

function lan(address: string | null): readonly string[] {
  if (address === null) return [];
  const network = address.replace(/\.\d+\/\d+$/, "");
  return [
    `  address: ${address} # as the usual one is used here already`,
    `  dhcp: { from: ${network}.100, to: ${network}.150, lease: 1h }`,
  ];
}

function section(name: string, what: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`# ${what}`, `${name}:`, ...lines, ""];
}

function said(key: string, value: string | null, what: string): readonly string[] {
  return value === null ? [] : [`  # ${what}`, `  ${key}: ${scalar(value)}`];
}

/** On one line and quoted where YAML would take it for something else, as NO for false. */
function scalar(value: string): string {
  return stringify(value, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 }).trimEnd();
}
