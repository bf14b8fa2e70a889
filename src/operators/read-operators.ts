import { printable } from "../../machines/failure.ts";
import type { ApnCredentials, ListedApn } from "./operator-database.ts";
import type { XmlHandler } from "./xml-events.ts";

const MAX_NETWORKS = 20_000;
const MAX_APNS_PER_NETWORK = 100;
const MAX_NETWORKS_PER_PROVIDER = 200;

interface Provider {
  name: string;
  primary: string | undefined;
  networks: string[];
  apns: { apn: string; usage: string | null; username: string; password: string }[];
}

/**
 * Collects GSM providers' APNs from the events of serviceproviders.xml (format 2.0). Entries that are odd are left
 * out: they would end in an AT command or a secrets file. CDMA providers have no `gsm` part and so contribute nothing.
 */
export class OperatorReader implements XmlHandler {
  readonly byNetwork = new Map<string, ListedApn[]>();
  readonly #path: string[] = [];
  #provider: Provider | null = null;

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    this.#path.push(name);
    const provider = this.#provider;
    if (name === "provider") {
      this.#provider = { name: "", primary: attributes.get("primary"), networks: [], apns: [] };
    } else if (name === "network-id" && provider && provider.networks.length < MAX_NETWORKS_PER_PROVIDER) {
      const network = `${attributes.get("mcc") ?? ""} ${attributes.get("mnc") ?? ""}`;
      if (/^[0-9]{3} [0-9]{2,3}$/.test(network)) provider.networks.push(network.replace(" ", ""));
    } else if (name === "apn" && this.#path.at(-2) === "gsm") {
      provider?.apns.push({ apn: attributes.get("value") ?? "", usage: null, username: "", password: "" });
    } else if (name === "usage") {
      const apn = provider?.apns.at(-1);
      if (apn && this.#path.at(-2) === "apn") apn.usage = attributes.get("type") ?? null;
    }
  }

  text(text: string): void {
    const provider = this.#provider;
    const [parent, name] = this.#path.slice(-2);
    if (!provider || name === undefined) return;
    if (parent === "provider" && name === "name" && provider.name === "") provider.name = printable(text.trim(), 60);
    const apn = provider.apns.at(-1);
    if (parent !== "apn" || !apn) return;
    if (name === "username") apn.username = text.trim();
    if (name === "password") apn.password = text.trim();
  }

  close(name: string): void {
    this.#path.pop();
    if (name !== "provider" || !this.#provider) return;
    this.#keep(this.#provider);
    this.#provider = null;
  }

  #keep(provider: Provider): void {
    const listed = provider.apns.flatMap(({ apn, usage, username, password }): ListedApn[] => {
      const rank = rankOf(usage, provider.primary);
      if (rank === null || !/^[A-Za-z0-9._-]{1,100}$/.test(apn)) return [];
      const credentials = credentialsOf(username, password);
      return credentials === "odd" ? [] : [{ apn, provider: provider.name, rank, credentials }];
    });
    for (const network of new Set(provider.networks)) {
      const known = this.byNetwork.get(network);
      if (!known && this.byNetwork.size >= MAX_NETWORKS) return;
      this.byNetwork.set(network, [...(known ?? []), ...listed].slice(0, MAX_APNS_PER_NETWORK));
    }
  }
}

const USAGES: ReadonlyMap<string | null, number> = new Map([
  ["internet", 0],
  [null, 1],
  ["mms-internet-hipri", 2],
  ["mms-internet-hipri-fota", 2],
]);

/**
 * APNs meant for the internet first, then those whose use is not told, then those that also carry the internet; of
 * each, the network's own provider before the unmarked, and those who only rent (primary="false") last. Null: never
 * (picture messages, WAP, or the first attach only).
 */
function rankOf(usage: string | null, primary: string | undefined): number | null {
  const byUsage = USAGES.get(usage);
  if (byUsage === undefined) return null;
  return byUsage * 3 + (primary === "true" ? 0 : primary === "false" ? 2 : 1);
}

function credentialsOf(username: string, password: string): ApnCredentials | null | "odd" {
  if (username === "" && password === "") return null;
  const sound = [username, password].every((text) => text.length <= 64 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"\\]/u.test(text));
  return sound ? { username, password } : "odd";
}
