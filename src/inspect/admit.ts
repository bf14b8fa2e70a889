import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { RequestRefused } from "../inspector/errors.ts";

/** The gateway's own name in the LAN, as our dnsmasq gives it out. */
const OWN_NAMES: ReadonlySet<string> = new Set(["localhost", "wanherd.lan"]);

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether it is for the page itself, which holds nothing that is secret, and to which others may link. */
  readonly forPage: boolean;
}

/**
 * Throws RequestRefused for a request that did not come from our own page, or a program of somebody who may.
 *
 * - A page of somebody else that had its own name point to us (DNS rebinding) names itself as Host: only literal addresses and
 *   our own names are served. The port may be another, as behind `ssh -L`.
 * - One that asks across origins gives itself away by Origin or Sec-Fetch-Site (Fetch Standard; Fetch Metadata), which scripts
 *   cannot set; and what acts must be JSON, which needs a preflight that we never grant.
 * - `token`, where there is one, goes with every request but that for the page; a browser never sends it by itself.
 */
export function admit({ method, headers, forPage }: Asked, token: string | null): void {
  const host = headers.host ?? "";
  const name = host.replace(/:[0-9]*$/, "").toLowerCase();
  if (isIP(name.replace(/^\[(.*)\]$/, "$1")) === 0 && !OWN_NAMES.has(name)) {
    throw new RequestRefused(403, "HostRefused", "only requests by an address, localhost or wanherd.lan are served");
  }
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
  const isLink = forPage && method === "GET" && headers["sec-fetch-mode"] === "navigate";
  if ((origin !== undefined && origin !== `http://${host}`) || (isForeign && !isLink)) {
    throw new RequestRefused(403, "CrossSite", "only the page itself may ask");
  }
  if (method === "POST" && !/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw new RequestRefused(415, "NotJson", "what acts has to be of the type application/json");
  }
  if (token !== null && !forPage && !isToken(headers.authorization, token)) {
    throw new RequestRefused(
      401,
      "TokenNeeded",
      "the address that `wanherd inspect` printed has the token, after its #",
    );
  }
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
