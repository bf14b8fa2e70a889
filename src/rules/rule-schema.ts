import * as z from "zod";
import { CLASS_TRIPLE } from "./class-triple.ts";
import type { SwitchStep } from "./types.ts";
import { SPECIAL_MODES } from "./usb-modeswitch/special-modes.ts";

// rules/README.md explains this schema to those who write rules; keep the two in step.

const line = (max: number) =>
  z
    .string({ error: "expected text (put numbers in quotes)" })
    .min(1)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text), {
      error: "must be one line without control characters",
    });

const usbId = z
  .string({ error: 'expected "vvvv:pppp"' })
  .regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, { error: 'expected "vvvv:pppp" in small hex digits' });

const vendorId = z
  .string({ error: 'expected "vvvv" in quotes' })
  .regex(/^[0-9a-f]{4}$/, { error: 'expected "vvvv" in small hex digits' });

const classTriple = z
  .string({ error: 'expected "class/subclass/protocol"' })
  .regex(CLASS_TRIPLE, { error: 'expected "class/subclass/protocol" in small hex digits, * for any' });

const matchSchema = z
  .strictObject({
    ids: z.array(usbId).min(1).max(200).optional(),
    vendor: vendorId.optional(),
    interfaces: z.array(classTriple).min(1).max(16).optional(),
    anyInterface: z.array(classTriple).min(1).max(16).optional(),
    manufacturer: line(126).optional(),
    product: line(126).optional(),
    serial: line(126).optional(),
  })
  .refine((match) => Object.keys(match).length > 0, { error: "must name at least one condition" })
  .refine((match) => !(match.ids && match.vendor), {
    error: "has both ids and vendor; the ids name the vendor already",
  });

const interfaceNumber = z.int({ error: "expected an interface number" }).min(0).max(255);
const portChoice = z.union(
  [interfaceNumber, classTriple.transform((triple) => [triple]), z.array(classTriple).min(1).max(32)],
  {
    error: 'expected an interface number, a "class/subclass/protocol" or a list of those',
  },
);

const portsSchema = z.strictObject({
  at: portChoice.optional(),
  data: portChoice.optional(),
  candidates: z.array(interfaceNumber).max(32).default([]),
});

/** What is sent to a modem stays on one line; the carriage return is added when it is sent. */
const atCommand = line(200).regex(/^AT[\x20-\x7e]*$/, { error: "expected an AT command in ASCII" });

/** What modems are told unless their rule says otherwise (ITU-T V.250; 3GPP TS 27.007, 10.1.1). */
export const DEFAULT_DIAL = {
  init: ["ATZ", "ATQ0 V1 E0 S0=0 &C1 &D2"],
  context: 1,
  // 27.007, 8.2: full functionality after a restart.
  reset: "AT+CFUN=1,1",
} as const;

const dialSchema = z.strictObject({
  init: z
    .array(atCommand)
    .max(20)
    .default([...DEFAULT_DIAL.init]),
  context: z.int().min(1).max(15).default(DEFAULT_DIAL.context),
  dial: atCommand.regex(/^ATD/, { error: "must begin with ATD" }).optional(),
  reset: atCommand.default(DEFAULT_DIAL.reset),
});

const hex = z.string().regex(/^(?:[0-9a-f]{2}){1,512}$/, { error: "expected pairs of small hex digits" });
const byte = z.int({ error: "expected a number" }).min(0).max(0xff);
const word = z.int({ error: "expected a number" }).min(0).max(0xffff);
/** Together with the transfers it must fit into the port machine's time for one attempt. */
const waitMs = z.int().min(1).max(8_000);

const modeNames = Object.keys(SPECIAL_MODES) as (keyof typeof SPECIAL_MODES)[];

/** A step as written; a mode's name stands for the mode's steps. */
const stepSchema = z.union(
  [
    z.literal("standardEject").transform(() => [{ method: "standardEject" as const }]),
    z.literal("detach").transform(() => [{ method: "detach" as const }]),
    z.enum(modeNames).transform((name): readonly SwitchStep[] => SPECIAL_MODES[name].steps),
    z
      .strictObject({ configuration: byte.min(1) })
      .transform(({ configuration }) => [{ method: "configuration" as const, value: configuration }]),
    z.strictObject({ wait: waitMs }).transform(({ wait }) => [{ method: "wait" as const, ms: wait }]),
    z
      .strictObject({ messages: z.array(hex).min(1).max(20), endpoint: z.int().min(1).max(15).optional() })
      .transform(({ messages, endpoint }) => [
        { method: "messages" as const, messages, ...(endpoint === undefined ? {} : { endpoint }) },
      ]),
    z
      .strictObject({
        control: z.strictObject({
          requestType: byte,
          request: byte,
          value: word,
          index: word.default(0),
          data: hex.optional(),
          length: z.int().min(0).max(512).optional(),
          mayFail: z.boolean().optional(),
        }),
      })
      .transform(({ control }): readonly SwitchStep[] => [{ method: "control", ...control }]),
  ],
  {
    error: `expected standardEject, detach, ${modeNames.join(", ")}, { messages: […] }, { control: {…} }, { configuration: N } or { wait: N }`,
  },
);

const switchSchema = z.strictObject({
  steps: z
    .array(stepSchema)
    .min(1)
    .max(8)
    .transform((steps) => steps.flat()),
  targets: z.array(usbId).max(100).default([]),
});

const ruleSchema = z
  .strictObject({
    name: line(100),
    match: matchSchema,
    switch: switchSchema.optional(),
    ports: portsSchema.optional(),
    dial: dialSchema.optional(),
    /** The device is only perhaps a modem: wait for a tty of a modem driver. */
    maybe: z.boolean().default(false),
    /** Why the device is left alone. */
    leave: line(200).optional(),
    quirks: z.array(line(200)).max(20).default([]),
  })
  .refine((rule) => [rule.switch, rule.ports, rule.leave].filter((part) => part !== undefined).length === 1, {
    error: "must have exactly one of switch, ports and leave",
  })
  .refine((rule) => rule.ports || (!rule.dial && !rule.maybe), { error: "dial and maybe belong to a rule with ports" });

/** One file under rules/. */
export const ruleFileSchema = z.strictObject({
  vendor: line(60),
  source: z.array(line(300)).min(1).max(20),
  rules: z.array(ruleSchema).min(1).max(500),
});

/** A rule as written, and where: `source` is e.g. `rules/zte.yaml`. */
export type Rule = z.output<typeof ruleSchema> & { readonly source: string };
export type RuleMatch = Rule["match"];
