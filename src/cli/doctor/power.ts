import { overText, powerAdvice } from "../../power/describe.ts";
import type { Finding, Probe } from "./types.ts";

/** Whether each USB hub can feed what hangs on it now, and this computer itself. */
export async function checkPower(probe: Probe): Promise<Finding[]> {
  const findings = (await probe.hubs()).flatMap((hub): Finding[] => {
    const text = overText(hub);
    return text === null ? [] : [{ level: "warn", text: `USB hub ${hub.hub} is ${text}`, mend: powerAdvice(hub) }];
  });
  if ((await probe.underVoltage()) === true) {
    findings.push({
      level: "warn",
      text: "this computer's own voltage is too low: USB devices fail first",
      mend: "a stronger supply and a shorter, thicker cable; sticks on a hub with a supply of its own",
    });
  }
  return findings.length === 0 ? [{ level: "ok", text: "USB power: no hub is over-committed" }] : findings;
}
