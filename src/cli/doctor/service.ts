import type { Finding, Probe } from "./types.ts";
import { hasOurUdevRules } from "./udev-rules.ts";

/** Our udev rules name the ports of modems that are plugged in here. */
const PORT_NAMES = "/dev/wanherd";

/**
 * Whether the service runs, and will after the next start of this computer. It need not be enabled where udev starts it at the first
 * stick; without a service somebody runs `wanherd up` by hand.
 */
export async function checkService(probe: Probe): Promise<Finding[]> {
  const unit = await probe.service();
  if (unit === null) return [{ level: "ok", text: "service: none is installed; `wanherd up` runs by hand" }];
  const { file, active, sub, result, restarts } = unit;
  if (file === "masked" || file === "masked-runtime")
    return [
      {
        level: "fail",
        text: "the service is masked: nothing can start it",
        mend: "systemctl unmask wanherd && systemctl enable --now wanherd",
      },
    ];
  if (active === "failed" || sub === "auto-restart")
    return [
      {
        level: "fail",
        text:
          active === "failed"
            ? `the service has failed (${result})`
            : `the service ends again and again (${result}, ${restarts} restarts)`,
        mend: "`journalctl -u wanherd -n 20` says why; then systemctl restart wanherd",
      },
    ];
  const isOff = active === "inactive";
  if (file !== "disabled")
    return isOff
      ? [{ level: "warn", text: "the service does not run", mend: "systemctl start wanherd" }]
      : [{ level: "ok", text: `service: ${active}, and enabled` }];
  const [isStarted, { named }, ports] = await Promise.all([
    hasOurUdevRules(probe),
    probe.configuration(),
    probe.list(PORT_NAMES),
  ]);
  if (!isStarted) return [notEnabled("nothing starts it with this computer")];
  if (named.length > 0)
    return [
      notEnabled(`until the first USB device is plugged in nothing uses ${named.join(", ")}, which the config names`),
    ];
  if (isOff && ports.length > 0)
    return [{ level: "warn", text: "the service does not run, and a modem is there", mend: "systemctl start wanherd" }];
  return [{ level: "ok", text: `service: ${isOff ? "the first stick or dongle starts it" : active}` }];
}

function notEnabled(why: string): Finding {
  return { level: "warn", text: `the service is not enabled: ${why}`, mend: "systemctl enable --now wanherd" };
}
