import type { Finding, Probe } from "./types.ts";

const NEEDED = [
  { what: "ppp over serial ports", modules: ["ppp_generic", "ppp_async"] },
  { what: "balancing by nftables", modules: ["nf_tables", "nft_ct", "nft_numgen", "nft_chain_nat", "nft_masq"] },
  { what: "connection tracking", modules: ["nf_conntrack"] },
] as const;

/** Without one of these a kind of modem stays dark, while the others work. */
const DRIVERS = [
  { what: "modems with vendor serial ports", modules: ["option", "usb_wwan", "usbserial"] },
  { what: "modems of the standard's class", modules: ["cdc_acm"] },
  { what: "modems that come as storage", modules: ["usb_storage"] },
] as const;

const MEND =
  "install the distribution's full kernel (Debian: apt install linux-image-$(dpkg --print-architecture)), and reboot";

/** Whether the running kernel has what ppp, the balancer and the modems need; nothing is loaded. */
export async function checkKernel(probe: Probe): Promise<Finding[]> {
  const available = await probe.kernelModules();
  if (available === null) {
    return [
      {
        level: "warn",
        text: "kernel modules: no list of the running kernel's modules is readable",
        mend: "if the kernel was just updated, reboot; in a container, ask its host",
      },
    ];
  }
  const check =
    (level: "warn" | "fail") =>
    ({ what, modules }: { what: string; modules: readonly string[] }): Finding => {
      const missing = modules.filter((name) => !available.has(name));
      if (missing.length === 0) return { level: "ok", text: `kernel: ${what} (${modules.join(", ")})` };
      return { level, text: `kernel: ${what}: no module ${missing.join(", ")}`, mend: MEND };
    };
  return [...NEEDED.map(check("fail")), ...DRIVERS.map(check("warn"))];
}
