import type { Finding, Probe } from "./types.ts";

/** Whether the service runs, and will after the next start of this computer. Without one, somebody runs `wanherd up` by hand. */
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
  if (file === "disabled")
    return [
      {
        level: "warn",
        text: "the service is not enabled: after a start of this computer it waits for the first USB device",
        mend: "systemctl enable --now wanherd",
      },
    ];
  if (active === "inactive")
    return [{ level: "warn", text: "the service does not run", mend: "systemctl start wanherd" }];
  return [{ level: "ok", text: `service: ${active}` }];
}
