import { type UsbDevice, usbId } from "../../hotplug/types.ts";
import type { Identity, SwitchPlan } from "../types.ts";
import type { DatabaseEntry, ModeSwitchDatabase } from "./database.ts";
import { planOf, targetClassOf } from "./entry-plan.ts";
import type { EntryText } from "./entry-text.ts";
import { SPECIAL_MODES } from "./special-modes.ts";

const MASS_STORAGE = 0x08;
/** Racing wheels and printers are in the database, too. */
const NOT_OURS: ReadonlyMap<number, string> = new Map([
  [0x03, "an input device"],
  [0x07, "a printer"],
]);
/** `USBC`: a SCSI command in a Bulk-Only Transport wrapper (USB Mass Storage Bulk-Only 1.0, 5.1). */
const COMMAND_WRAPPER = "55534243";
/** After the name of a setting. */
const NOT_INSTALLED = "by the program usb_modeswitch, which is not installed (Debian: usb-modeswitch)";

/**
 * What usb_modeswitch's database makes of the device; null when it knows nothing or when there is nothing to switch.
 * `program` is where the program usb_modeswitch is, null where it is not installed.
 */
export function identifyByDatabase(
  database: ModeSwitchDatabase,
  device: UsbDevice,
  program: string | null,
): Identity | null {
  const found = database.lookUp(device);
  if (found.kind === "none") return null;
  if (found.kind === "undecided") {
    // A device that is plainly not in storage mode is judged by its classes.
    if (firstClass(device) !== MASS_STORAGE) return null;
    const why = `it may be a modem in storage mode, but usb_modeswitch's database cannot tell: ${found.reason}`;
    return { kind: "other", name: usbId(device), why };
  }
  return identityOf(found.entry, device, program);
}

function identityOf({ name, text }: DatabaseEntry, device: UsbDevice, program: string | null): Identity | null {
  const outcome = planOf(text, name.file, usbId(device));
  const why = `usb_modeswitch's database has ${name.file}`;
  const title = text.title || usbId(device);
  const targetClass = targetClassOf(text);
  const isInTargetClass = targetClass !== null && firstClass(device) === targetClass;
  const asksTwice = outcome.kind === "plan" && outcome.methods.includes(SPECIAL_MODES.sony.setting);
  if (isInTargetClass && !asksTwice) return null;
  if (outcome.kind !== "plan" && outcome.kind !== "missing") return null;
  if (outcome.kind === "plan" && isAlreadyThere(outcome.plan, device)) return null;
  const foreign = targetClass === null ? undefined : NOT_OURS.get(targetClass);
  if (foreign !== undefined) return { kind: "other", name: title, why: `${why}, but it becomes ${foreign}` };
  if (outcome.kind === "missing") {
    const { setting } = outcome;
    if (program === null) return { kind: "unswitchable", name: title, method: `${setting} ${NOT_INSTALLED}`, why };
    const plan = programPlan(text, name.file, { program, setting });
    return { kind: "storage", name: title, plan, why: `${why}: ${setting}, which the program usb_modeswitch does` };
  }
  if (sendsCommands(outcome.plan) && firstClass(device) !== MASS_STORAGE) return null;
  if (sendsRaw(outcome.plan)) return { kind: "other", name: title, why: `${why}, but it is no modem in storage mode` };
  const plan = asksTwice ? stageOf(outcome.plan, isInTargetClass) : outcome.plan;
  return { kind: "storage", name: title, plan, why: `${why}: ${outcome.methods.join(", then ")}` };
}

/**
 * SonyMode asks twice: as storage, and a second after the device is back in its target class; only then its
 * configuration is selected (usb_modeswitch 2.6.1, usb_modeswitch.c, switchSonyMode).
 */
function stageOf(plan: SwitchPlan, isInTargetClass: boolean): SwitchPlan {
  const steps = isInTargetClass
    ? [{ method: "wait", ms: 1000 } as const, ...plan.steps]
    : plan.steps.filter(({ method }) => method !== "configuration");
  return { ...plan, steps };
}

function programPlan(text: EntryText, file: string, by: { program: string; setting: string }): SwitchPlan {
  const entry = Object.fromEntries(text.settings);
  return { source: `usb_modeswitch ${file}`, steps: [{ method: "program", ...by, entry }], targets: [] };
}

/** The class of the interface with the lowest number, which is the one that usb_modeswitch looks at. */
function firstClass(device: UsbDevice): number | null {
  return device.interfaces.toSorted((a, b) => a.number - b.number)[0]?.class ?? null;
}

function isAlreadyThere(plan: SwitchPlan, device: UsbDevice): boolean {
  return plan.steps.some((step) => step.method === "configuration" && step.value === device.configuration);
}

/** SCSI commands make sense to a storage interface only; sent elsewhere they are noise on somebody's endpoint. */
function sendsCommands(plan: SwitchPlan): boolean {
  return plan.steps.some(
    (step) =>
      step.method === "standardEject" ||
      (step.method === "messages" && step.messages.some((message) => message.startsWith(COMMAND_WRAPPER))),
  );
}

/** Messages that are no SCSI commands belong to label printers, card readers and phones. */
function sendsRaw(plan: SwitchPlan): boolean {
  return plan.steps.some(
    (step) => step.method === "messages" && !step.messages.every((message) => message.startsWith(COMMAND_WRAPPER)),
  );
}
