import { isIPv4 } from "node:net";
import { FailureError, printable } from "../../machines/failure.ts";
import { isInterfaceName } from "../net/check-desired.ts";
import { overlap } from "../net/interface-condition.ts";
import { PROTOCOL } from "../net/marks.ts";
import type { Present, PresentLink } from "./present.ts";
import type { DesiredLan } from "./types.ts";

/** The alias of a bridge that we made; of a port it goes on with how that was before. */
const MARK = "wanherd";
const PORT_MARK = /^wanherd (up|down)(?: ([\w .:-]{1,200}))?$/;
/** An alias that can be kept in ours, and put back; another is lost. */
const PLAIN = /^[\w .:-]{1,200}$/;

/**
 * What to tell `ip -batch` so that the kernel has this LAN: nothing where it has it. Throws LanCollides, SystemRefused where the
 * name is taken by what is no bridge, or Internal for a value that must never reach the kernel.
 */
export function renderLan(present: Present, lan: DesiredLan, macAddress: string): string[] {
  check(lan);
  checkCollision(present, lan);
  const bridge = present.links.get(lan.bridge);
  if (bridge !== undefined && !bridge.isBridge)
    throw new FailureError("SystemRefused", `${lan.bridge} is there and is no bridge; set lan.bridge in the config`);
  const addresses = bridge?.addresses ?? [];
  return [
    ...withoutOthers(present, lan),
    ...(bridge === undefined ? bridgeLines(lan.bridge, macAddress) : []),
    ...addresses
      .filter(({ cidr, isOurs }) => isOurs && cidr !== lan.address)
      .map(({ cidr }) => `address del ${cidr} dev ${lan.bridge}`),
    ...(addresses.some(({ cidr }) => cidr === lan.address)
      ? []
      : [`address add ${lan.address} brd + dev ${lan.bridge} proto ${PROTOCOL}`]),
    ...(bridge?.isUp === true ? [] : [`link set dev ${lan.bridge} up`]),
    ...lan.ports.flatMap((name) => portLines(present.links.get(name), lan.bridge)),
  ];
}

/** What to tell it so that nothing of ours is left. */
export function renderRestore(present: Present): string[] {
  return withoutOthers(present, null);
}

/** Ports that are wanted and belong to another bridge, which is somebody's. */
export function foreignPorts(present: Present, lan: DesiredLan): string[] {
  return lan.ports.filter((name) => ![null, undefined, lan.bridge].includes(present.links.get(name)?.master));
}

/**
 * No spanning tree and no delay: whoever joins is there at once. A MAC address of its own, as otherwise the bridge has the
 * lowest of its ports', and with a radio that is pulled out all clients would lose their gateway. Without snooping a group's
 * packets reach all: with it, nobody here would ask who is in it (bridge, multicast_querier).
 */
function bridgeLines(name: string, macAddress: string): string[] {
  return [
    `link add name ${name} address ${macAddress} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set dev ${name} alias ${MARK}`,
  ];
}

function portLines(port: PresentLink | undefined, bridge: string): string[] {
  if (port === undefined || port.master !== null) return [];
  const { name, alias, isUp } = port;
  const kept = `${MARK} ${isUp ? "up" : "down"} ${PLAIN.test(alias) ? alias : ""}`.trim();
  return [
    ...(PORT_MARK.test(alias) ? [] : [`link set dev ${name} alias "${kept}"`]),
    `link set dev ${name} master ${bridge} up`,
  ];
}

/** Out with what bears our mark and is not in `lan`; ports as they were before. */
function withoutOthers({ links }: Present, lan: DesiredLan | null): string[] {
  return [...links.values()].flatMap(({ name, alias, master, isBridge, addresses }) => {
    if (name === lan?.bridge || lan?.ports.includes(name) === true) return [];
    const [mark, was, before = ""] = PORT_MARK.exec(alias) ?? [];
    if (mark !== undefined)
      return [
        ...(master === null ? [] : [`link set dev ${name} nomaster`]),
        ...(was === "down" ? [`link set dev ${name} down`] : []),
        `link set dev ${name} alias "${before}"`,
      ];
    if (!isBridge) return [];
    if (alias === MARK) return [`link del dev ${name}`];
    return addresses.filter(({ isOurs }) => isOurs).map(({ cidr }) => `address del ${cidr} dev ${name}`);
  });
}

function checkCollision({ links, uplinks }: Present, lan: DesiredLan): void {
  for (const name of uplinks) {
    if (name === lan.bridge) continue;
    const clashing = links.get(name)?.addresses.find(({ cidr }) => overlap(cidr, lan.address));
    if (clashing === undefined) continue;
    throw new FailureError("LanCollides", `the LAN ${lan.address} overlaps ${clashing.cidr} of the uplink ${name}`);
  }
}

function check({ bridge, address, ports }: DesiredLan): void {
  const [own = "", prefix = ""] = address.split("/");
  const isSound = [bridge, ...ports].every(isInterfaceName) && isIPv4(own) && /^(?:[89]|[12]\d|30)$/.test(prefix);
  if (isSound && !ports.includes(bridge)) return;
  throw new FailureError("Internal", `no sound LAN: ${printable(`${bridge} ${address} ${ports.join(" ")}`, 100)}`);
}
