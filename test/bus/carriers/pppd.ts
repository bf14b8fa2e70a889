import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { ModemParams } from "../devices/serial/modem-params.ts";
import { type CarrierNames, SERVER_ADDRESS } from "./addresses.ts";

export type Pppd = ChildProcessByStdio<Writable, Readable, null>;
export type Authentication = ModemParams["authentication"];

/** The name by which the network's end looks up its secrets. */
const SERVER_NAME = "carrier";

/** What the network's end asks for and names, besides addresses. */
export interface Offer {
  /** Named to the caller. */
  readonly nameServer: string;
  /** The largest packet either way (LCP's MRU); null: 1500. */
  readonly mtu: number | null;
  /** Whether it agrees to IPv6. */
  readonly ipv6: boolean;
}

export const PLAIN_OFFER: Offer = { nameServer: SERVER_ADDRESS, mtu: null, ipv6: false };

/** pppd's words for the network's end of a call (man pppd). */
export function pppdArguments(names: CarrierNames, authentication: Authentication, offer = PLAIN_OFFER): string[] {
  return [
    ...["notty", "nodetach", "local", offer.ipv6 ? "+ipv6" : "noipv6", "noccp", "nodefaultroute"],
    // Waits for the caller's first word, so that it may be started long before the call.
    "silent",
    ...["unit", `${names.pppUnit}`],
    ...["logfile", names.pppLog],
    ...(authentication === null ? ["noauth"] : [`require-${authentication.protocol}`, "name", SERVER_NAME]),
    ...["ms-dns", offer.nameServer],
    ...(offer.mtu === null ? [] : ["mru", `${offer.mtu}`, "mtu", `${offer.mtu}`]),
    `${names.pppLocal}:${names.pppRemote}`,
  ];
}

/** Starts the network's end in the carrier's namespace; its standard input and output are the line. */
export function startPppd(names: CarrierNames, authentication: Authentication, offer: Offer): Pppd {
  writeEtc(names, authentication);
  const pppd = spawn("ip", ["netns", "exec", names.namespace, "pppd", ...pppdArguments(names, authentication, offer)], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  // It may end while bytes are on their way to it: then the call ends, and they with it.
  pppd.stdin.on("error", () => {});
  return pppd;
}

/** Gives the carrier its address in its caller's network, which its dnsmasq announces from then on. pppd(8), SCRIPTS. */
function ipv6UpScript({ pppLocal6 }: CarrierNames): string {
  return `#!/bin/sh\nexec ip address replace ${pppLocal6}/64 dev "$1" nodad\n`;
}

/** `ip netns exec` lays this over /etc/ppp: pppd sees the carrier's secrets, and none of the gateway's scripts. */
function writeEtc(names: CarrierNames, authentication: Authentication): void {
  const folder = `/etc/netns/${names.namespace}/ppp`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/options`, "");
  writeFileSync(`${folder}/ipv6-up`, ipv6UpScript(names), { mode: 0o755 });
  if (authentication === null) return;
  const { protocol, user, password } = authentication;
  writeFileSync(`${folder}/${protocol}-secrets`, `"${user}" ${SERVER_NAME} "${password}" *\n`, { mode: 0o600 });
}
