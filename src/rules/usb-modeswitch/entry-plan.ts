import type { SwitchPlan, SwitchStep } from "../types.ts";
import type { EntryText } from "./entry-text.ts";

/** What a database entry asks for, as far as we can do it. */
export type EntryPlan =
  | {
      readonly kind: "plan";
      readonly plan: SwitchPlan;
      /** In usb_modeswitch's words, e.g. `StandardEject`, `MessageContent`. */
      readonly methods: readonly string[];
    }
  /** Needs a method that we do not have. */
  | { readonly kind: "missing"; readonly method: string }
  /** Says on purpose that nothing is to be sent (`Configuration=0`, or no method at all). */
  | { readonly kind: "nothing" }
  | { readonly kind: "broken"; readonly reason: string };

/** Special modes exclude each other and the messages (usb_modeswitch 2.6, usb_modeswitch.c, "special modes are exclusive"). */
const OUR_SPECIAL: Readonly<Record<string, SwitchStep>> = {
  HuaweiMode: { method: "huawei" },
  HuaweiNewMode: { method: "huaweiNew" },
  OptionMode: { method: "option" },
};
const OTHER_SPECIAL = [
  "DetachStorageOnly",
  "SierraMode",
  "SonyMode",
  "QisdaMode",
  "GCTMode",
  "KobilMode",
  "MobileActionMode",
  "CiscoMode",
  "BlackberryMode",
  "PantechMode",
  "QuantaMode",
  "SequansMode",
  "HuaweiAltMode",
];
/** Settings beside the modes that change what is done, and that we cannot do. */
const OTHER_ACTIONS = ["AltSetting", "ResetUSB", "Interface"];

/**
 * Translates an entry. The order is usb_modeswitch's: a special mode alone, or else the eject sequence followed by
 * MessageContent, or else MessageContent, 2 and 3; after either, the configuration. Left out on purpose: NeedResponse
 * (answers are always read), ResponseEndpoint (found by descriptor), CheckSuccess (the port machine has its own time).
 */
export function planOf(entry: EntryText, file: string, id: string): EntryPlan {
  const { settings } = entry;
  const special = [...Object.keys(OUR_SPECIAL), ...OTHER_SPECIAL].filter((mode) => isOn(settings.get(mode)));
  if (special.length > 1) return { kind: "broken", reason: `several special modes: ${special.join(", ")}` };
  const missing = [...special, ...OTHER_ACTIONS].find((mode) => isOn(settings.get(mode)) && !(mode in OUR_SPECIAL));
  if (missing !== undefined) return { kind: "missing", method: missing };
  const configuration = settings.get("Configuration");
  if (configuration !== undefined && hex(configuration) === null)
    return { kind: "broken", reason: "Configuration is no number" };
  if (configuration !== undefined && hex(configuration) === 0) return { kind: "nothing" };

  const actions = special[0] === undefined ? messageSteps(settings) : specialStep(special[0]);
  if (actions === null) return { kind: "broken", reason: "MessageContent is not pairs of hex digits" };
  if (configuration !== undefined) {
    actions.push(["Configuration", { method: "configuration", value: hex(configuration) ?? 0 }]);
  }
  if (actions.length === 0) return { kind: "nothing" };
  const waitBefore = Number(settings.get("WaitBefore") ?? 0);
  const releaseDelay = Number(settings.get("ReleaseDelay") ?? 0);
  return {
    kind: "plan",
    methods: actions.map(([method]) => method),
    plan: {
      source: `usb_modeswitch ${file}`,
      steps: actions.map(([, step]) => step),
      targets: targetsOf(settings, id),
      ...(waitBefore > 0 && waitBefore <= 60 ? { waitBeforeMs: waitBefore * 1000 } : {}),
      ...(releaseDelay > 0 && releaseDelay <= 60_000 ? { releaseDelayMs: releaseDelay } : {}),
    },
  };
}

/** The class that interface 0 has once the device is switched, or null: told by its ids. */
export function targetClassOf(entry: EntryText): number | null {
  return hex(entry.settings.get("TargetClass") ?? "");
}

type Action = [method: string, step: SwitchStep];

function specialStep(mode: string): Action[] | null {
  const step = OUR_SPECIAL[mode];
  return step === undefined ? null : [[mode, step]];
}

function messageSteps(settings: ReadonlyMap<string, string>): Action[] | null {
  const [first = "", second = "", third = ""] = ["MessageContent", "MessageContent2", "MessageContent3"].map((name) =>
    (settings.get(name) ?? "").toLowerCase(),
  );
  const eject = isOn(settings.get("StandardEject"));
  const messages = first === "" ? [] : eject ? [first] : [first, second, third].filter((text) => text !== "");
  if (!messages.every((text) => /^(?:[0-9a-f]{2}){1,512}$/.test(text))) return null;
  const endpoint = hex(settings.get("MessageEndpoint") ?? "");
  const actions: Action[] = eject ? [["StandardEject", { method: "standardEject" }]] : [];
  if (messages.length > 0) {
    actions.push(["MessageContent", { method: "messages", messages, ...(endpoint ? { endpoint } : {}) }]);
  }
  return actions;
}

/** Where only a class or a configuration is named, the ids stay what they are. */
function targetsOf(settings: ReadonlyMap<string, string>, id: string): string[] {
  const vendor = hex(settings.get("TargetVendor") ?? "");
  const listed = settings.get("TargetProductList");
  const products = listed === undefined ? [settings.get("TargetProduct") ?? ""] : listed.split(",");
  const targets = products
    .map((product) => hex(product.trim()))
    .filter((product) => product !== null && vendor !== null)
    .map((product) => `${hex4(vendor ?? 0)}:${hex4(product ?? 0)}`);
  const sameId = settings.has("TargetClass") || settings.has("Configuration");
  return targets.length > 0 || !sameId ? targets : [id];
}

/** `0x19d2`, `19d2`; null: not a hex number of at most four digits. */
function hex(text: string): number | null {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,4})$/i.exec(text) ?? [];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

/** `1`, `yes`, `true`, or a number that is not zero (PantechMode=2). */
function isOn(value: string | undefined): boolean {
  return value !== undefined && (/^(?:y|yes|true)$/i.test(value) || (hex(value) ?? 0) > 0);
}
