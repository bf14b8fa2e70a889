import type { PortPath } from "../hotplug/types.ts";

/** A modem's settings, merged from `defaults` and what names it. Secrets are here and nowhere else. */
export interface ModemConfig {
  /** `auto`: candidates from the operator database. */
  readonly apn: string;
  readonly pin: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly role: "balance" | "bundle";
  readonly weight: number | "auto";
  readonly tier: number;
  readonly enabled: boolean;
  readonly roaming: boolean;
}

export interface Config {
  readonly modems: {
    readonly defaults: ModemConfig;
    /** Keyed by port path, `imei:…` or `iccid:…`; values name only what differs from the defaults. */
    readonly named: Readonly<Record<string, Partial<ModemConfig>>>;
  };
  readonly balancer: { readonly by: "connection" | "host" };
  readonly lan: { readonly bridge: string };
  readonly journal: { readonly directory: string; readonly maxMegabytes: number };
}

/** Settings for the modem at this port with these ids; the most specific name wins: iccid, imei, port. */
export type ModemConfigLookup = (port: PortPath, ids: { imei?: string | null; iccid?: string | null }) => ModemConfig;
