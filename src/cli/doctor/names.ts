import type { Finding, Probe } from "./types.ts";

/** Whether names can be answered: dnsmasq is there, and no other name server has its port. */
export async function checkNames(probe: Probe): Promise<Finding[]> {
  const [program, holder] = await Promise.all([probe.findProgram("dnsmasq"), probe.nameServer()]);
  const port: Finding =
    holder === "other"
      ? {
          level: "warn",
          text: "another name server listens on port 53: the LAN and this computer get no names by the live links",
          mend: "`ss -lunp 'sport = 53'` names it: stop and disable it, or set dns: { enabled: false } in the config",
        }
      : { level: "ok", text: holder === "ours" ? "names are answered" : "port 53 is free for names" };
  const installed: Finding =
    program === null
      ? {
          level: "warn",
          text: "program dnsmasq is missing: no names for the LAN, and this computer's own may die with a link",
          mend: "apt install dnsmasq-base",
        }
      : { level: "ok", text: "program dnsmasq" };
  return [installed, port];
}
