import type { Style } from "../style.ts";
import { checkAccessPoint } from "./access-point.ts";
import { checkClock } from "./clock.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkData } from "./data.ts";
import { checkFirewalls } from "./firewalls.ts";
import { checkFirmware } from "./firmware.ts";
import { checkKernel } from "./kernel.ts";
import { checkNames } from "./names.ts";
import { checkNodeVersion } from "./node-version.ts";
import { checkOtherManagers } from "./other-managers.ts";
import { checkPower } from "./power.ts";
import { checkPrograms } from "./programs.ts";
import { checkRadioSwitches } from "./radio-switches.ts";
import { checkRights } from "./rights.ts";
import { checkService } from "./service.ts";
import { checkStorage } from "./storage.ts";
import type { Finding, Probe } from "./types.ts";

/** All that `wanherd doctor` looks at, in the order it is told. */
export async function examine(probe: Probe): Promise<readonly Finding[]> {
  const checks = [
    checkPrograms,
    checkNodeVersion,
    checkKernel,
    checkRights,
    checkData,
    checkConfiguration,
    checkService,
    checkStorage,
    checkClock,
    checkAccessPoint,
    checkFirmware,
    checkRadioSwitches,
    checkOtherManagers,
    checkFirewalls,
    checkNames,
    checkPower,
  ];
  return (await Promise.all(checks.map((check) => check(probe)))).flat();
}

/** The findings as lines, each trouble with what mends it below. */
export function renderFindings(findings: readonly Finding[], style: Style): string {
  const paint = { ok: style.good, warn: style.busy, fail: style.bad };
  const lines = findings.flatMap(({ level, text, mend }) => [
    `${paint[level](level.padEnd(4))}  ${text}`,
    ...(mend === undefined ? [] : [`      → ${mend}`]),
  ]);
  const count = (level: Finding["level"]): number => findings.filter((finding) => finding.level === level).length;
  const verdict =
    count("fail") > 0
      ? `${count("fail")} to mend before the agent can work, ${count("warn")} to look at.`
      : count("warn") > 0
        ? `The agent can work; ${count("warn")} to look at.`
        : "All is well.";
  return `${[...lines, "", verdict].join("\n")}\n`;
}
