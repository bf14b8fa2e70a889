import type { Finding, Probe } from "./types.ts";

/** Programs the agent runs, and the Debian package that has each. */
const PROGRAMS = [
  { name: "pppd", package: "ppp" },
  { name: "nft", package: "nftables" },
  { name: "ip", package: "iproute2" },
  { name: "udevadm", package: "udev" },
  { name: "conntrack", package: "conntrack" },
  // Ends `udevadm monitor` with the agent, however the agent ends.
  { name: "setpriv", package: "util-linux" },
] as const;

export interface MissingProgram {
  readonly name: string;
  readonly package: string;
}

/** The programs without which the agent cannot work; `wanherd up` refuses to start while there are any. */
export async function missingPrograms(probe: Pick<Probe, "findProgram">): Promise<readonly MissingProgram[]> {
  const found = await Promise.all(PROGRAMS.map(({ name }) => probe.findProgram(name)));
  return PROGRAMS.filter((_, index) => found[index] === null);
}

/** The one line to copy that installs what is missing. */
export function installLine(missing: readonly MissingProgram[]): string {
  return `apt install ${missing.map((program) => program.package).join(" ")}`;
}

export async function checkPrograms(probe: Probe): Promise<Finding[]> {
  const missing = new Set((await missingPrograms(probe)).map(({ name }) => name));
  return PROGRAMS.map((program): Finding => {
    if (!missing.has(program.name)) return { level: "ok", text: `program ${program.name}` };
    return { level: "fail", text: `program ${program.name} is missing`, mend: installLine([program]) };
  });
}
