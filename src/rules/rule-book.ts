import { type UsbDevice, type UsbInterface, usbId } from "../hotplug/types.ts";
import { interfaceOfClass } from "./class-triple.ts";
import { bestFingerprint, type Fingerprint, namesMake } from "./fingerprint.ts";
import { whyLeftAlone } from "./left-alone.ts";
import { DEFAULT_DIAL, type Rule } from "./rule-schema.ts";
import type { DialPlan, Identity, PortScheme, RuleBook } from "./types.ts";
import type { ModeSwitchDatabase } from "./usb-modeswitch/database.ts";
import { identifyByDatabase } from "./usb-modeswitch/identify-by-database.ts";

const HUB_CLASS = 0x09;

/**
 * The rule book over our own rules and usb_modeswitch's database. In this order: hubs; rules that name a make; the database;
 * rules for whole classes; and for the rest the reason why it is left alone. Where both are of one sort, `local` rules, which
 * somebody wrote on this machine, come before `rules`, which came with the program, whatever the score. What of the database we
 * cannot do is for `program`, usb_modeswitch, where it is installed.
 */
export function createRuleBook(
  rules: readonly Rule[],
  database: ModeSwitchDatabase,
  program: string | null = null,
  local: readonly Rule[] = [],
): RuleBook {
  const best = (wanted: (rule: Rule) => boolean): ((device: UsbDevice, ambiguous: boolean) => Fingerprint | null) => {
    const [first, then] = [local.filter(wanted), rules.filter(wanted)];
    return (device, ambiguous) => bestFingerprint(first, device, ambiguous) ?? bestFingerprint(then, device, ambiguous);
  };
  const bestMake = best(namesMake);
  const bestClass = best((rule) => !namesMake(rule));
  return {
    identify(device) {
      if (device.deviceClass === HUB_CLASS || device.interfaces.some((face) => face.class === HUB_CLASS)) {
        return { kind: "hub", name: nameOf(device), why: "its device class is hub" };
      }
      const ambiguous = database.isAmbiguous(usbId(device));
      const make = bestMake(device, ambiguous);
      if (make) return identityBy(make, device);
      const known = identifyByDatabase(database, device, program);
      if (known) return known;
      const scheme = bestClass(device, ambiguous);
      return scheme ? identityBy(scheme, device) : { kind: "other", name: nameOf(device), why: whyLeftAlone(device) };
    },
  };
}

/** What the device calls itself, or its ids. */
export function nameOf(device: UsbDevice): string {
  const { manufacturer, product } = device;
  const own = product.startsWith(manufacturer) ? product : `${manufacturer} ${product}`;
  return own.trim() || usbId(device);
}

function identityBy({ rule, why }: Fingerprint, device: UsbDevice): Identity {
  const because = [`${rule.source}, “${rule.name}”: ${why.join(", ")}`, ...rule.quirks].join("; ");
  if (rule.leave !== undefined) return { kind: "other", name: rule.name, why: `${rule.leave} (${because})` };
  if (rule.switch) {
    const plan = { source: rule.source, ...rule.switch };
    return { kind: "storage", name: rule.name, plan, why: because };
  }
  const name = namesMake(rule) ? rule.name : nameOf(device);
  const kind = rule.maybe ? "maybe" : "modem";
  return { kind, name, ports: portScheme(rule.ports, device.interfaces), dial: dialPlan(rule.dial), why: because };
}

function portScheme(ports: Rule["ports"], faces: readonly UsbInterface[]): PortScheme {
  const numberOf = (choice: number | readonly (string | number)[] | undefined): number | null => {
    if (choice === undefined) return null;
    if (typeof choice === "number") return faces.some((face) => face.number === choice) ? choice : null;
    return interfaceOfClass(faces, choice.map(String));
  };
  return { at: numberOf(ports?.at), data: numberOf(ports?.data), candidates: ports?.candidates ?? [] };
}

function dialPlan(dial: Rule["dial"]): DialPlan {
  const context = dial?.context ?? DEFAULT_DIAL.context;
  // 3GPP TS 27.007, 10.2.1.1: `*99`, then `***` and the context.
  return {
    init: dial?.init ?? DEFAULT_DIAL.init,
    context,
    dial: dial?.dial ?? `ATD*99***${context}#`,
    reset: dial?.reset ?? DEFAULT_DIAL.reset,
  };
}
