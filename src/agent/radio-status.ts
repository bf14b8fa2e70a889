import type { SnapshotFrom } from "xstate";
import type { createAccessPointMachine } from "../../machines/access-point/machine.ts";
import { adviceFor, type Failure, type FailureKind } from "../../machines/failure.ts";
import type { createRadioMachine } from "../../machines/radio/machine.ts";
import { parsePortPath } from "../hotplug/types.ts";
import type { AccessPointStatus, RadioStatus, StationStatus } from "../inspector/types.ts";
import type { Station } from "../radio/types.ts";
import { radioLabel } from "./labels.ts";

export type RadioSnapshot = SnapshotFrom<ReturnType<typeof createRadioMachine>>;
export type AccessPointSnapshot = SnapshotFrom<ReturnType<typeof createAccessPointMachine>>;

/** What can never be one, whatever the config says. */
const INCAPABLE: ReadonlySet<FailureKind> = new Set(["ApUnsupported", "WextOnly", "DriverMissing"]);

export function radioStatus({ context }: RadioSnapshot): RadioStatus {
  const { device, verified, setup, stations, failure } = context;
  return {
    phy: device.phy,
    interface: device.interface,
    channel: setup?.channel ?? null,
    apCapable: verified !== null ? true : failure !== null && INCAPABLE.has(failure.kind) ? false : null,
    stations: stations.length,
  };
}

/** Why a radio does not serve: its own reason, or what it waits for. */
export function radioFailure(radio: RadioSnapshot, accessPoint: AccessPointSnapshot | null): Failure | null {
  if (radio.matches("joining")) return accessPoint === null ? null : accessPointFailure(accessPoint);
  return radio.matches("serving") ? null : radio.context.failure;
}

/** What keeps all radios from serving. */
function accessPointFailure({ context }: AccessPointSnapshot): Failure | null {
  return context.lanFailure ?? (context.hostapdReady ? null : context.hostapdFailure);
}

export function accessPointStatus(
  accessPoint: AccessPointSnapshot | null,
  radios: readonly RadioSnapshot[],
  stations: readonly Station[],
): AccessPointStatus | null {
  const settings = accessPoint?.context.settings;
  if (accessPoint === null || settings === undefined || !settings.enabled) return null;
  const failure = accessPointFailure(accessPoint);
  const portOf = (name: string): StationStatus["port"] => {
    const id = radios.find(({ context }) => context.device.interface === name)?.context.id;
    return id === undefined ? null : parsePortPath(id);
  };
  return {
    ssid: settings.ssid,
    bridge: settings.lan.bridge,
    address: settings.lan.address,
    ...(failure === null ? {} : { reason: reasonText(failure) }),
    radios: radios.map((radio) => {
      const why = radioFailure(radio, accessPoint);
      return {
        port: parsePortPath(radio.context.id),
        state: radioLabel(radio.value),
        ...radioStatus(radio),
        ...(why === null ? {} : { reason: reasonText(why) }),
      };
    }),
    stations: stations.map((station) => ({ ...station, port: portOf(station.interface) })),
  };
}

export function reasonText({ kind, message }: Failure): string {
  return `${message}: ${adviceFor(kind)}`;
}
