import type { SwitchPlan, SwitchStep } from "../types.ts";
import type { EntryText } from "./entry-text.ts";
import { pantechSteps, SPECIAL_MODES } from "./special-modes.ts";

/** What a database entry asks for, as far as we can do it. */
export type EntryPlan =
  | {
      readonly kind: "plan";
      readonly plan: SwitchPlan;
      /** In usb_modeswitch's words, e.g. `StandardEject`, `MessageContent`. */
      readonly methods: readonly string[];
    }
  /** Needs a setting that we cannot do: something for the program usb_modeswitch. */
  | { readonly kind: "missing"; readonly setting: string }
  /** Says on purpose that nothing is to be sent (`Configuration=0`, or no method at all). */
  | { readonly kind: "nothing" }
  | { readonly kind: "broken"; readonly reason: string };

/** Special modes exclude each other and the messages (usb_modeswitch 2.6.1, usb_modeswitch.c, `ModeMap`). */
const OUR_MODES: ReadonlyMap<string, (value: string) => readonly SwitchStep[]> = new Map([
  ...Object.values(SPECIAL_MODES).map(({ setting, steps }) => [setting, () => steps] as const),
  ["PantechMode", (value: string) => pantechSteps(Number(value))],
  ["DetachStorageOnly", () => [{ method: "detach" }]],
]);
/**
 * Settings beside the modes that change what is done. No entry of usb-modeswitch-data 20191128 needs them: its one
 * Interface is 0, and that is the default.
 */
const OTHER_ACTIONS = ["AltSetting", "ResetUSB", "Interface"];

/** The port machine bounds a whole attempt; a stick that needs longer is reached by the second. */
const LONGEST_WAIT_MS = 8_000;

/**
 * Translates an entry. The order is usb_modeswitch's: a special mode alone, or else the eject sequence followed by
 * MessageContent, or else MessageContent, 2 and 3; after either, the configuration. Left out on purpose: NeedResponse
 * (answers are always read), ResponseEndpoint (found by descriptor), CheckSuccess (the port machine has its own time).
 */
export function planOf(entry: EntryText, file: string, id: string): EntryPlan {
  const { settings } = entry;
  const special = [...settings.keys()].filter((name) => isSpecial(name) && isOn(settings.get(name)));
  if (special.length > 1) return { kind: "broken", reason: `several special modes: ${special.join(", ")}` };
  const setting = [...special, ...OTHER_ACTIONS].find((name) => isOn(settings.get(name)) && !OUR_MODES.has(name));
  if (setting !== undefined) return { kind: "missing", setting };
  const configuration = settings.get("Configuration");
  if (configuration !== undefined && hex(configuration) === null)
    return { kind: "broken", reason: "Configuration is no number" };
  if (configuration !== undefined && hex(configuration) === 0) return { kind: "nothing" };

  const actions = special[0] === undefined ? messageActions(settings) : specialActions(settings, special[0]);
  if (actions === null) return { kind: "broken", reason: "MessageContent is not pairs of hex digits" };
  if (configuration !== undefined) {
    actions.push({ name: "Configuration", steps: [{ method: "configuration", value: hex(configuration) ?? 0 }] });
  }
  if (actions.length === 0) return { kind: "nothing" };
  const before = waitStep(Number(settings.get("WaitBefore")) * 1000);
  return {
    kind: "plan",
    methods: actions.map(({ name }) => name),
    plan: {
      source: `usb_modeswitch ${file}`,
      steps: [...before, ...actions.flatMap(({ steps }) => steps)],
      targets: targetsOf(settings, id),
    },
  };
}

/** Newer releases may have modes that we do not know: their names end alike. */
function isSpecial(name: string): boolean {
  return name.endsWith("Mode") || name === "DetachStorageOnly";
}

/** The class that interface 0 has once the device is switched, or null: told by its ids. */
export function targetClassOf(entry: EntryText): number | null {
  return hex(entry.settings.get("TargetClass") ?? "");
}

interface Action {
  readonly name: string;
  readonly steps: readonly SwitchStep[];
}

function specialActions(settings: ReadonlyMap<string, string>, mode: string): Action[] {
  return [{ name: mode, steps: OUR_MODES.get(mode)?.(settings.get(mode) ?? "") ?? [] }];
}

function messageActions(settings: ReadonlyMap<string, string>): Action[] | null {
  const [first = "", second = "", third = ""] = ["MessageContent", "MessageContent2", "MessageContent3"].map((name) =>
    (settings.get(name) ?? "").toLowerCase(),
  );
  const eject = isOn(settings.get("StandardEject"));
  const messages = first === "" ? [] : eject ? [first] : [first, second, third].filter((text) => text !== "");
  if (!messages.every((text) => /^(?:[0-9a-f]{2}){1,512}$/.test(text))) return null;
  const endpoint = hex(settings.get("MessageEndpoint") ?? "");
  const actions: Action[] = [];
  if (eject) actions.push({ name: "StandardEject", steps: [{ method: "standardEject" }] });
  if (messages.length > 0) {
    actions.push({
      name: "MessageContent",
      steps: [{ method: "messages", messages, ...(endpoint ? { endpoint } : {}) }],
    });
  }
  const last = actions.at(-1);
  if (last !== undefined) {
    actions[actions.length - 1] = {
      ...last,
      steps: [...last.steps, ...waitStep(Number(settings.get("ReleaseDelay")))],
    };
  }
  return actions;
}

/** No step for what is no number, or none to wait for. */
function waitStep(ms: number): SwitchStep[] {
  return ms > 0 ? [{ method: "wait", ms: Math.min(ms, LONGEST_WAIT_MS) }] : [];
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
