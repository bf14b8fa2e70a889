import type { IncomingMessage } from "node:http";
import { RequestRefused } from "./errors.ts";

/** A web page that found a way to this server would name its own host; the CLI and curl name none of theirs. */
const HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "unix"]);

/**
 * Throws RequestRefused 403 for what comes from a web page of somebody else, on whatever way it came to the socket: browsers
 * name the page's origin with whatever could change something, and in Sec-Fetch-Site how it stands to the host that is asked.
 */
export function admitRequest({ headers, headersDistinct }: IncomingMessage): void {
  const { host, origin, "sec-fetch-site": site } = headers;
  if ((headersDistinct.host?.length ?? 0) > 1) throw new RequestRefused(400, "BadRequest", "two hosts are named");
  if (host !== undefined && host !== "" && !isOurs(host)) {
    throw new RequestRefused(403, "HostRefused", "only local requests are served");
  }
  if (origin !== undefined && !(/^https?:\/\//.test(origin) && isOurs(origin.replace(/^https?:\/\//, "")))) {
    throw new RequestRefused(403, "OriginRefused", "no other site's page is served");
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new RequestRefused(403, "OriginRefused", "no other site's page is served");
  }
}

function isOurs(host: string): boolean {
  return HOSTS.has(host.replace(/:[0-9]{1,5}$/, ""));
}
