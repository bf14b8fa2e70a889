import type { Finding, Probe } from "./types.ts";
import { hasOurUdevRules } from "./udev-rules.ts";

/** Programs that reach for the same devices. `kept off`: our udev rules tell them which are not theirs. */
const MANAGERS = [
  {
    process: "ModemManager",
    does: "probes and dials modems",
    keptOff: true,
    mend: "systemctl disable --now ModemManager",
  },
  {
    process: "NetworkManager",
    does: "manages network interfaces",
    keptOff: true,
    mend: "systemctl disable --now NetworkManager",
  },
  {
    process: "usb_modeswitch",
    does: "switches modems",
    keptOff: true,
    mend: "install wanherd's udev rules, of which 40-usb_modeswitch.rules keeps it off",
  },
  { process: "wvdial", does: "dials modems", keptOff: false, mend: "stop it, and whatever starts it" },
  { process: "wvdialconf", does: "probes serial ports", keptOff: false, mend: "stop it, and whatever starts it" },
] as const;

/** Other programs running that would fight for the modems. */
export async function checkOtherManagers(probe: Probe): Promise<Finding[]> {
  const [running, ourRules] = await Promise.all([probe.processNames(), hasOurUdevRules(probe)]);
  const findings = MANAGERS.filter(({ process }) => running.has(process)).map((manager): Finding => {
    if (manager.keptOff && ourRules) {
      return { level: "ok", text: `${manager.process} runs, kept off our devices by the udev rules` };
    }
    return { level: "fail", text: `${manager.process} runs and ${manager.does} too`, mend: manager.mend };
  });
  if (running.has("dhcpcd")) {
    findings.push({
      level: "warn",
      text: "dhcpcd runs and may give the uplinks' interfaces routes of its own",
      mend: 'add "denyinterfaces wan*" to /etc/dhcpcd.conf, and restart it',
    });
  }
  // Ours has its files in /run/wanherd.
  const others = (await probe.commandLines("hostapd")).filter(
    (words) => !words.some((word) => word.includes("/wanherd/")),
  );
  if (others.length > 0) {
    findings.push({
      level: "warn",
      text: "another hostapd runs: a radio that it has is left to it",
      mend: "systemctl disable --now hostapd, if wanherd is to have that radio",
    });
  }
  return findings.length === 0 ? [{ level: "ok", text: "no other manager of modems runs" }] : findings;
}
