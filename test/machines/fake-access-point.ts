import type { AccessPointEffects, AccessPointSettings } from "../../machines/access-point/effects.ts";
import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { FailureError, type FailureKind, failure } from "../../machines/failure.ts";
import type { RadioEffects, ServingEvent } from "../../machines/radio/effects.ts";
import type { DesiredLan } from "../../src/lan/types.ts";
import type { InterfaceId } from "../../src/net/types.ts";
import type { AllowedChannel, Neighbour, RadioDevice, RadioSetup, VerifiedRadio } from "../../src/radio/types.ts";

const CHANNELS: readonly AllowedChannel[] = [1, 6, 11].map((channel) => ({
  channel,
  frequency: 2407 + 5 * channel,
  maxWidth: 20,
  secondary: null,
}));

/** A radio that the kernel knows, in this port or of this name. */
export function radioOf(id: string, number = 0): RadioDevice {
  return { id: id as InterfaceId, phy: `phy${number}`, interface: `wlan${number}`, blocked: null };
}

/** What verifying that radio comes to. */
export function verifiedAs({ phy, interface: name }: RadioDevice, channels = CHANNELS): VerifiedRadio {
  return {
    phy: phy ?? "",
    interface: name ?? "",
    macAddress: "02:00:00:00:00:00",
    channels,
    bands: { low: { ht: 0x2c, vht: null, he: false }, high: null },
    pmf: true,
    maxStations: null,
    serves: null,
  };
}

export const SETTINGS: AccessPointSettings = {
  enabled: true,
  ssid: "MobileAP",
  hidden: false,
  isolation: false,
  maxStations: null,
  security: "wpa2-wpa3",
  country: null,
  channels: [1, 6, 11],
  passphrase: 1,
  lan: { bridge: "lan-br", address: "172.17.2.1/24", ports: [] },
};

/** hostapd, the LAN and the kernel's word on radios, in a test: nothing fails by itself. */
export class FakeAccessPoint {
  settings: AccessPointSettings = SETTINGS;
  named: readonly InterfaceId[] = [];
  wifi = false;
  neighbours: readonly Neighbour[] = [];
  /** Channels by interface, of an earlier agent's hostapd. */
  readonly left = new Map<string, number>();
  readonly #fails: Map<string, FailureKind[]>;
  readonly #holds: () => ReadonlyMap<string, Promise<void>>;
  readonly calls: string[] = [];
  /** What hostapd has, by interface. */
  readonly serving = new Map<string, RadioSetup>();
  readonly watchers = new Map<string, (event: ServingEvent) => void>();
  /** Of rejected radios, by interface. */
  readonly interfaces = new Map<string, () => void>();
  lan: DesiredLan | null = null;
  starts = 0;
  /** hostapd needs the test to become ready. */
  hostapdIsSlow = false;
  /** hostapd does not end when it is told to, until the test ends it. */
  hostapdLingers = false;
  #hostapd: ((event: ProcessEvent) => void) | null = null;

  /** `fails`: what the next call of an effect comes to; without an entry it succeeds at once. `holds`: what calls wait for. */
  constructor(fails: Map<string, FailureKind[]>, holds: () => ReadonlyMap<string, Promise<void>>) {
    this.#fails = fails;
    this.#holds = holds;
  }

  /** Whether a hostapd runs. */
  get runs(): boolean {
    return this.#hostapd !== null;
  }

  hostapdReady(): void {
    this.#hostapd?.({ type: "process.ready", detail: {} });
  }

  hostapdNotes(name: string): void {
    this.#hostapd?.({ type: "process.notice", name });
  }

  /** It ends by itself; what it says of its radios comes first, as in life. */
  hostapdEnds(): void {
    const reason = failure("ProcessCrashed", "hostapd ended");
    for (const name of [...this.watchers.keys()]) this.failRadio(name, reason.kind);
    this.#exit(reason);
  }

  /** It serves no longer, and nobody has asked for that. */
  failRadio(name: string, kind: FailureKind): void {
    this.watchers.get(name)?.({ type: "radio.failed", failure: failure(kind, "told") });
  }

  /** Channels by interface, of what hostapd has now. */
  channels(): Record<string, number> {
    return Object.fromEntries([...this.serving].map(([name, { channel }]) => [name, channel]).sort());
  }

  readonly radio: RadioEffects = {
    verify: async (device) => {
      await this.#effect("verify", device.id);
      return { ...verifiedAs(device), serves: this.left.get(device.interface ?? "") ?? null };
    },
    addRadio: async (setup) => {
      await this.#effect("add", setup.interface);
      this.serving.set(setup.interface, setup);
    },
    removeRadio: async (name) => {
      await this.#effect("remove", name);
      this.serving.delete(name);
    },
    survey: async (name) => {
      await this.#effect("survey", name);
      return this.neighbours;
    },
    watchRadio: (name, emit) => {
      this.#failIfDue("watch");
      this.watchers.set(name, emit);
      return () => this.watchers.delete(name);
    },
    watchInterface: (name, changed) => {
      this.#failIfDue("watchInterface");
      this.interfaces.set(name, changed);
      return () => this.interfaces.delete(name);
    },
  };

  readonly accessPoint: AccessPointEffects = {
    settings: () => this.settings,
    applyLan: async (lan) => {
      await this.#effect("applyLan");
      this.lan = lan;
    },
    restoreLan: async () => {
      await this.#effect("restoreLan");
      this.lan = null;
    },
    runHostapd: (_, emit) => {
      this.#failIfDue("runHostapd");
      this.starts++;
      this.#hostapd = emit;
      if (!this.hostapdIsSlow) void Promise.resolve().then(() => this.hostapdReady());
      const end = (): void => {
        if (!this.hostapdLingers) void Promise.resolve().then(() => this.#exit(null));
      };
      return { terminate: end, kill: end };
    },
  };

  #exit(reason: ReturnType<typeof failure> | null): void {
    const emit = this.#hostapd;
    this.#hostapd = null;
    this.serving.clear();
    emit?.({ type: "process.exited", failure: reason });
  }

  async #effect(name: string, what = ""): Promise<void> {
    this.calls.push(what === "" ? name : `${name} ${what}`);
    await this.#holds().get(name);
    this.#failIfDue(name);
  }

  #failIfDue(name: string): void {
    const kind = this.#fails.get(name)?.shift();
    if (kind !== undefined) throw new FailureError(kind, `${name} failed`);
  }
}
