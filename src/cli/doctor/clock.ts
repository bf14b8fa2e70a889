import type { Finding, Probe } from "./types.ts";

const KEEP = "`timedatectl set-ntp true` keeps it so (apt install systemd-timesyncd)";

/** Whether the clock can be right. A small computer without a battery begins where it was switched off, or in 1970. */
export async function checkClock(probe: Probe): Promise<Finding[]> {
  const { now, built, synchronised } = await probe.clock();
  if (built !== null && now < built)
    return [
      {
        level: "warn",
        text: `the clock says ${day(now)}, and this program was made on ${day(built)}: the journal's times are wrong, and a concentrator refuses WireGuard (mlppp)`,
        mend: `date -s "YYYY-MM-DD hh:mm" sets it, and ${KEEP}`,
      },
    ];
  if (synchronised === false)
    return [
      {
        level: "warn",
        text: "no time server has set the clock yet: the journal's times may be wrong",
        mend: `a link to the internet sets it by itself; ${KEEP}`,
      },
    ];
  return [{ level: "ok", text: synchronised ? "the clock is kept by a time server" : `the clock says ${day(now)}` }];
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
