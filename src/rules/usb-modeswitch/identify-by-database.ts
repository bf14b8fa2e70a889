import { type UsbDevice, usbId } from "../../hotplug/types.ts";
import type { Identity, SwitchPlan } from "../types.ts";
import type { DatabaseEntry, ModeSwitchDatabase } from "./database.ts";
import { planOf, targetClassOf } from "./entry-plan.ts";

const MASS_STORAGE = 0x08;
/** Racing wheels and printers are in the database, too. */
const NOT_OURS: ReadonlyMap<number, string> = new Map([
  [0x03, "an input device"],
  [0x07, "a printer"],
]);
/** `USBC`: a SCSI command in a Bulk-Only Transport wrapper (USB Mass Storage Bulk-Only 1.0, 5.1). */
const COMMAND_WRAPPER = "55534243";

/** What usb_modeswitch's database makes of the device; null when it knows nothing or when there is nothing to switch. */
export function identifyByDatabase(database: ModeSwitchDatabase, device: UsbDevice): Identity | null {
  const found = database.lookUp(device);
  if (found.kind === "none") return null;
  if (found.kind === "undecided") {
    // A device that is plainly not in storage mode is judged by its classes.
    if (firstClass(device) !== MASS_STORAGE) return null;
    const why = `it may be a modem in storage mode, but usb_modeswitch's database cannot tell: ${found.reason}`;
    return { kind: "other", name: usbId(device), why };
  }
  return identityOf(found.entry, device);
}

function identityOf({ name, text }: DatabaseEntry, device: UsbDevice): Identity | null {
  const outcome = planOf(text, name.file, usbId(device));
  const why = `usb_modeswitch's database has ${name.file}`;
  const title = text.title || usbId(device);
  const targetClass = targetClassOf(text);
  if (targetClass !== null && firstClass(device) === targetClass) return null;
  if (outcome.kind === "missing") return { kind: "unswitchable", name: title, method: outcome.method, why };
  if (outcome.kind !== "plan" || isAlreadyThere(outcome.plan, device)) return null;
  const foreign = targetClass === null ? undefined : NOT_OURS.get(targetClass);
  if (foreign !== undefined) return { kind: "other", name: title, why: `${why}, but it becomes ${foreign}` };
  if (sendsCommands(outcome.plan) && firstClass(device) !== MASS_STORAGE) return null;
  if (sendsRaw(outcome.plan)) return { kind: "other", name: title, why: `${why}, but it is no modem in storage mode` };
  return { kind: "storage", name: title, plan: outcome.plan, why: `${why}: ${outcome.methods.join(", then ")}` };
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
      ["standardEject", "huaweiNew", "option"].includes(step.method) ||
      (step.method === "messages" && step.messages.some((message) => message.startsWith(COMMAND_WRAPPER))),
  );
}

/** Messages that are no SCSI commands belong to label printers, card readers and phones. */
function sendsRaw(plan: SwitchPlan): boolean {
  return plan.steps.some(
    (step) => step.method === "messages" && !step.messages.every((message) => message.startsWith(COMMAND_WRAPPER)),
  );
}
