import { FailureError } from "../../../machines/failure.ts";
import type { Tty } from "../../../src/hotplug/types.ts";
import { parsePortPath } from "../../../src/hotplug/types.ts";
import { Adoption } from "../../../src/modem/adoption.ts";
import type { ModemEffectsOptions } from "../../../src/modem/options.ts";
import { type FakeLine, modemLine } from "../at/fake-line.ts";

const path = parsePortPath("1-1.3");
if (path === null) throw new Error("1-1.3 is a port path");
export const PORT = path;

export const ttyOf = (number: number, driver = "option"): Tty => ({
  port: PORT,
  interface: number,
  path: `/dev/wanherd/1-1.3/if0${number}`,
  driver,
});

/** What a healthy MF102 says. */
export const HEALTHY = {
  AT: "",
  ATZ: "",
  ATE0: "",
  "AT+CMEE=1": "",
  "AT+CGMI": "ZTE CORPORATION",
  "AT+CGMM": "MF102",
  "AT+CGSN": "356938035643809",
  "AT+CCID": '+CCID: "8946071234567890123"',
  "AT+CPIN?": "+CPIN: READY",
  "AT+CIMI": "240075812345678",
};

export const DIAL = { init: ["ATZ", "AT&C1&D2"], context: 1, dial: "ATD*99#", reset: "AT+CFUN=1,1" };

/** Options whose ttys are the given lines; a tty that is not among them is gone. */
export function optionsWith(
  lines: Readonly<Record<string, FakeLine>>,
  settings: { pin?: string | null; apn?: string } = {},
  decisions: Map<string, string> = new Map(),
): ModemEffectsOptions {
  return {
    settings: () => ({
      apn: settings.apn ?? "auto",
      pin: settings.pin ?? null,
      username: null,
      password: null,
      role: "balance",
      weight: "auto",
      tier: 1,
      enabled: true,
      roaming: true,
      authentication: "auto",
      ipType: "ipv4",
    }),
    bearersFor: async () => [{ apn: "data.comviq.se", name: "Tele2" }],
    store: {
      get: (key) => decisions.get(key) ?? null,
      set: (key, value) => {
        if (value === null) decisions.delete(key);
        else decisions.set(key, value);
      },
    },
    watchLink: () => () => {},
    transcript: () => undefined,
    adoption: new Adoption({ enabled: () => true, tell: () => undefined }),
    notice: () => undefined,
    usb: {
      reset: async () => {
        throw new FailureError("DeviceGone", "there is no USB here");
      },
      cyclePower: async () => {
        throw new FailureError("StepUnavailable", "there is no USB here");
      },
    },
    programs: { pppd: "pppd", pppdVersion: null },
    openLine: async (tty) => {
      const line = lines[tty];
      if (line === undefined) throw new FailureError("DeviceGone", `${tty} is gone`);
      return line;
    },
  };
}

export { modemLine };
