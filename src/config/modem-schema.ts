import * as z from "zod";
import { parsePortPath } from "../hotplug/types.ts";
import type { ModemConfig } from "./types.ts";

/** One line of ordinary text: what goes into an AT command or a secrets file must not be able to end a line or a quote. */
export const plainText = (max: number) =>
  z
    .string({ error: "expected text (put numbers in quotes)" })
    .min(1, { error: "must not be empty" })
    .max(max, { error: `longer than ${max} characters` })
    .refine((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\]/u.test(text), {
      error: "must not hold quotes, backslashes or control characters",
    });

/** 3GPP TS 23.003, 9.1: labels as in host names; some operators also use `_`. At most 100 octets (ibid.). */
const apn = plainText(100).regex(/^[A-Za-z0-9._-]+$/, {
  error: "may hold letters, digits, dot, hyphen and underscore",
});

/** 3GPP TS 31.101, 9.5.1: four to eight digits. */
const pin = z
  .string({
    error: 'expected four to eight digits in quotes, as in pin: "0000" (YAML reads them as a number otherwise)',
  })
  .regex(/^[0-9]{4,8}$/, { error: "expected four to eight digits" });

const weight = z.union([z.literal("auto"), z.int().min(1).max(1000)], {
  error: "expected auto or a whole number from 1 to 1000",
});
const tier = z.int({ error: "expected a whole number" }).min(1).max(9);

const role = z.enum(["balance", "bundle"], { error: "expected balance or bundle" });

export const uplinkRank = { weight, tier, role };

const modemKeys = {
  apn,
  pin: pin.nullable(),
  username: plainText(64).nullable(),
  password: plainText(64).nullable(),
  role,
  weight,
  tier,
  enabled: z.boolean(),
  roaming: z.boolean(),
  authentication: z.enum(["auto", "pap", "chap"]),
  ipType: z.enum(["ipv4", "ipv4v6"]),
};

/** Roaming is off unless asked for: it can cost a great deal, and nobody may be watching. */
export const MODEM_DEFAULTS: ModemConfig = {
  apn: "auto",
  pin: null,
  username: null,
  password: null,
  role: "balance",
  weight: "auto",
  tier: 1,
  enabled: true,
  roaming: false,
  authentication: "auto",
  ipType: "ipv4",
};

const someModemKeys = z.strictObject(modemKeys).partial();

/** Only the keys that are there: a key that is absent must not override the defaults with `undefined`. */
const given = (settings: z.output<typeof someModemKeys>): Partial<ModemConfig> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/**
 * What a modem may be called in the config: its port path, `imei:` and 15 digits, `imsi:` and the first 5 to 15 digits (3GPP
 * TS 23.003, 2.2: 5 or 6 name the network), or `iccid:` and 18–20 digits (ITU-T E.118; some Chinese cards have letters).
 */
const isModemName = (name: string): boolean =>
  parsePortPath(name) !== null || /^(?:imei:[0-9]{14,16}|imsi:[0-9]{5,15}|iccid:[0-9A-F]{18,20})$/.test(name);

/** `modems:` of the config: `defaults`, and any number of modems by name. */
export const modemsSchema = z
  .object({ defaults: someModemKeys.prefault({}) })
  .catchall(someModemKeys)
  .check((context) => {
    for (const name of Object.keys(context.value)) {
      if (name === "defaults" || isModemName(name)) continue;
      const message = "not a port path such as 1-1.3, nor imei:…, imsi:… or iccid:… with its digits";
      context.issues.push({ code: "custom", path: [name], message, input: name });
    }
  })
  .transform(({ defaults, ...named }) => ({
    defaults: { ...MODEM_DEFAULTS, ...given(defaults) },
    named: Object.fromEntries(Object.entries(named).map(([name, settings]) => [name, given(settings)])),
  }));
