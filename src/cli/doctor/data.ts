import type { Finding, Probe } from "./types.ts";
import { hasOurUdevRules } from "./udev-rules.ts";

const SWITCH_DATABASES = ["/usr/share/usb_modeswitch/configPack.tar.gz", "/usr/share/usb_modeswitch"];
const OPERATORS = "/usr/share/mobile-broadband-provider-info/serviceproviders.xml";

/** Whether what the agent reads of other packages, and its own udev rules, are installed. */
export async function checkData(probe: Probe): Promise<Finding[]> {
  const [rules, folder, operators, ...databases] = await Promise.all([
    hasOurUdevRules(probe),
    probe.udevFolder(),
    probe.exists(OPERATORS),
    ...SWITCH_DATABASES.map((path) => probe.exists(path)),
  ]);
  return [
    rules
      ? { level: "ok", text: "udev rules of wanherd" }
      : {
          level: "fail",
          text: "the udev rules of wanherd are not installed: no modem gets its port names",
          mend:
            folder === null
              ? "apt install --reinstall wanherd"
              : `cp ${folder}/*.rules /etc/udev/rules.d/ && udevadm control --reload && udevadm trigger`,
        },
    databases.includes(true)
      ? { level: "ok", text: "database of storage-mode modems (usb-modeswitch-data)" }
      : {
          level: "warn",
          text: "no database of storage-mode modems: only those in rules/ are switched",
          mend: "apt install usb-modeswitch-data",
        },
    operators
      ? { level: "ok", text: "database of operators (mobile-broadband-provider-info)" }
      : {
          level: "warn",
          text: "no database of operators: the APN must be set in the config",
          mend: "apt install mobile-broadband-provider-info",
        },
  ];
}
