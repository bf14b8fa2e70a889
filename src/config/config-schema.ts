import * as z from "zod";
import { parseHubPath, parsePortPath } from "../hotplug/types.ts";
import { accessPoint, lan } from "./access-point-schema.ts";
import { balancerSchema } from "./balancer-schema.ts";
import { modemsSchema, plainText, uplinkRank } from "./modem-schema.ts";
import { interfaceName, ipv4 } from "./network-schema.ts";
import type { Config } from "./types.ts";

/** What an uplink is known by must not be what a modem could be known by, nor one of our own interfaces (`wan1-1_3`). */
const uplinkInterface = interfaceName
  .refine((name) => parsePortPath(name) === null, {
    error: "looks like a USB port's path; rename the interface (systemd.link) to use it as an uplink",
  })
  .refine((name) => !/^wan(?:[0-9]|$)/.test(name), { error: "interfaces named wan… are those of wanherd's own modems" })
  .refine((name) => !["lo", "all", "default"].includes(name), { error: "is no interface that leads anywhere" });

const uplinks = z
  .array(
    z.strictObject({
      interface: uplinkInterface,
      weight: uplinkRank.weight.default("auto"),
      tier: uplinkRank.tier.default(1),
      role: uplinkRank.role.default("balance"),
    }),
  )
  .max(16)
  .refine((list) => new Set(list.map((uplink) => uplink.interface)).size === list.length, {
    error: "an interface is named twice",
  });

const bundle = z.strictObject({
  engine: z.enum(["mptcp", "mlppp"]).default("mptcp"),
  concentrator: z
    .string({ error: "expected a host name or address" })
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[1-9][0-9]{0,4})?$/, {
      error: "expected a host name or an IPv4 address, with a port or without",
    })
    .nullable()
    .default(null),
  key: plainText(256).nullable().default(null),
});

/** Hubs by port path or as `usb1`, each with what its supply gives in mA: no USB supply gives more than 100 A. */
const power = z.strictObject({
  hubs: z
    .record(z.string(), z.int({ error: "expected mA as a whole number" }).min(100).max(100_000))
    .default({})
    .check((context) => {
      for (const name of Object.keys(context.value)) {
        if (parseHubPath(name) !== null) continue;
        const message = "not a hub's port path such as 1-1, nor a root hub such as usb1";
        context.issues.push({ code: "custom", path: [name], message, input: name });
      }
    }),
});

/** The keys of wanherd.yaml, each with what may be said of it alone. */
const keys = z.strictObject({
  modems: modemsSchema.prefault({}),
  balancer: balancerSchema.prefault({}),
  uplinks: uplinks.default([]),
  bundle: bundle.prefault({}),
  accessPoint: accessPoint.prefault({}),
  lan: lan.prefault({}),
  dns: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
  power: power.prefault({}),
  probe: z
    .strictObject({
      // Quad9 and Cloudflare: two networks that are unlikely to be out of reach together.
      servers: z.array(ipv4, { error: "expected a list of IPv4 addresses" }).max(8).default(["9.9.9.9", "1.1.1.1"]),
    })
    .prefault({}),
  // Satellites take 0.7 s, EDGE 1 s. What 5 % loss each way does to question and answer together is 10 %.
  health: z
    .strictObject({
      loss: z.number({ error: "expected a part, from 0.1 to 1" }).min(0.1).max(1).default(0.4),
      latencyMs: z.int({ error: "expected ms as a whole number" }).min(100).max(30_000).default(2_000),
    })
    .prefault({}),
  measure: z
    .strictObject({
      url: z
        .string({ error: "expected a URL" })
        .max(2_000)
        .regex(/^https?:\/\/[^\s/@]+(?:\/\S*)?$/, { error: "expected a URL such as http://server.example/25MB.bin" })
        .nullable()
        .default(null),
    })
    .prefault({}),
  journal: z
    .strictObject({
      directory: z
        .string({ error: "expected a folder" })
        .regex(/^\/[^\p{Cc}]{0,254}$/u, { error: "expected a full path, beginning with /" })
        .default("/var/lib/wanherd"),
      maxMegabytes: z.int({ error: "expected a whole number" }).min(1).max(10_000).default(50),
      maxDays: z.int({ error: "expected a whole number" }).min(1).max(3650).default(365),
      maskIdentities: z.boolean({ error: "expected true or false" }).default(false),
    })
    .prefault({}),
});

/** The whole of wanherd.yaml. Every key has a default; unknown keys are refused. */
export const configSchema = keys.check((context) => {
  const { uplinks: named, lan: local, accessPoint: radios } = context.value;
  const refuse = (path: PropertyKey[], message: string, input: string): void =>
    void context.issues.push({ code: "custom", path, message, input });
  for (const [index, { interface: name }] of named.entries()) {
    const path = ["uplinks", index, "interface"];
    if (name === local.bridge) refuse(path, "is the LAN's bridge (lan.bridge), which can be no uplink", name);
    if (local.ports.includes(name)) refuse(path, "is a port of the LAN (lan.ports), which can be no uplink", name);
    if (radios.interfaces.includes(name)) {
      refuse(path, "is a radio of the access point (accessPoint.interfaces), which can be no uplink", name);
    }
  }
}) satisfies z.ZodType<Config>;
