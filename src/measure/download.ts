import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { openBody } from "./http-body.ts";
import type { Bounds } from "./types.ts";

export interface DownloadOptions {
  readonly url: URL;
  /** IPv4 addresses of ours that the connections are made from, in turn: our rules route each by its link. */
  readonly sources: readonly string[];
  /** TCP connections at once. */
  readonly connections: number;
  readonly bounds: Bounds;
  readonly signal: AbortSignal;
  /** Told of all bytes so far, often. */
  readonly onBytes?: (bytes: number) => void;
}

/** Shorter bodies say more about the way to the server and back than about how much fits through. */
const LEAST_BODY_BYTES = 1_000_000;

/**
 * Downloads the file over and over, over so many connections, until the bytes or the seconds are reached; what arrives is counted
 * and dropped. A connection that can be used again is. `failure`: why it ended before, or that nothing came at all. Never rejects,
 * but for `signal`.
 */
export async function download(
  options: DownloadOptions,
): Promise<{ bytes: number; seconds: number; failure: string | null }> {
  const { url, sources, connections, bounds, signal, onBytes = () => {} } = options;
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const hosts = knownHosts();
  let bytes = 0;
  let failure: string | null = null;
  const fail = (error: unknown): void => {
    if (!ending.signal.aborted) failure = error instanceof Error ? error.message : String(error);
    end();
  };

  const overOne = async (localAddress: string): Promise<void> => {
    const settings = { keepAlive: true, maxSockets: 1, localAddress, family: 4 };
    const agents = { "http:": new HttpAgent(settings), "https:": new HttpsAgent(settings) };
    const agentFor = (protocol: string): HttpAgent => agents[protocol === "https:" ? "https:" : "http:"];
    try {
      while (!ending.signal.aborted) {
        const body = await openBody(url, { agentFor, lookup: hosts, signal: ending.signal });
        let length = 0;
        for await (const part of body) {
          length += (part as Buffer).length;
          bytes += (part as Buffer).length;
          onBytes(bytes);
          if (bytes >= bounds.bytes) return end();
        }
        if (length < LEAST_BODY_BYTES) throw new Error(`the file is too small to be measured by: ${length} bytes`);
      }
    } finally {
      for (const agent of Object.values(agents)) agent.destroy();
    }
  };

  signal.addEventListener("abort", end);
  const late = setTimeout(end, bounds.seconds * 1000);
  const begin = performance.now();
  const workers = Array.from({ length: connections }, (_, index) => overOne(sources[index % sources.length] ?? ""));
  await Promise.all(workers.map((worker) => worker.catch(fail)));
  const seconds = (performance.now() - begin) / 1000;
  clearTimeout(late);
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
  return { bytes, seconds, failure: failure ?? (bytes === 0 ? "nothing came" : null) };
}

/** Looks each name up once: how long that takes is not what is measured. */
function knownHosts(): typeof lookupOnce {
  const known = new Map<string, Promise<LookupAddress>>();
  function lookupOnce(
    host: string,
    options: { readonly all?: boolean | undefined },
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void {
    const found =
      known.get(host) ??
      new Promise<LookupAddress>((resolve, reject) => {
        // IPv4 alone is what a source address of ours can reach.
        lookup(host, { family: 4 }, (error, address, family) => (error ? reject(error) : resolve({ address, family })));
      });
    known.set(host, found);
    found.then(
      ({ address, family }) =>
        options.all === true ? callback(null, [{ address, family }]) : callback(null, address, family),
      (error) => callback(error, ""),
    );
  }
  return lookupOnce;
}
