// The LAN's client: a program of its own, run in the client's namespace, that makes downloads as it is told over Node's
// IPC channel. One process for all jobs, as starting one takes seconds in an emulated guest.
import { get, type IncomingMessage, type RequestOptions } from "node:http";
import { monotonicMs } from "../devices/device-log.ts";
import { HTTP_PORT, SERVER_ADDRESS, SERVER_ADDRESS6 } from "./addresses.ts";
import type { ClientJob, ClientResult, Download } from "./client-job.ts";
import { matchesPattern } from "./pattern.ts";

async function runJob(job: ClientJob): Promise<ClientResult> {
  const { connections, concurrency = connections, forMs, from = [] } = job;
  const startMs = monotonicMs();
  const downloads: Download[] = [];
  const timeIsUp = forMs === undefined ? undefined : AbortSignal.timeout(forMs);
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (timeIsUp === undefined ? begun < connections : !timeIsUp.aborted) {
      const localAddress = from[begun++ % from.length];
      downloads.push(
        await download(job, { ...(localAddress && { localAddress }), ...(timeIsUp && { signal: timeIsUp }) }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, connections) }, worker));
  return { downloads, tookMs: monotonicMs() - startMs };
}

function download(
  { bytes: wanted = 0, patienceMs = 10_000, ipv6 = false }: ClientJob,
  options: Pick<RequestOptions, "localAddress" | "signal">,
): Promise<Download> {
  return new Promise((resolve) => {
    const startMs = monotonicMs();
    let lastMs = startMs;
    let longestGapMs = 0;
    let via = "";
    let from = options.localAddress ?? "";
    let port = 0;
    let received = 0;
    let isRight = true;

    const heard = (): void => {
      const now = monotonicMs();
      longestGapMs = Math.max(longestGapMs, now - lastMs);
      lastMs = now;
    };
    const finish = (error?: Error): void => {
      heard();
      const complete = error === undefined && isRight && received === wanted;
      const result = { via, bytes: received, complete, from, port, startMs, tookMs: lastMs - startMs, longestGapMs };
      resolve(error === undefined ? result : { ...result, error: error.message });
    };
    const receive = (response: IncomingMessage): void => {
      via = String(response.headers["x-client"] ?? "");
      from = response.socket.localAddress ?? from;
      port = response.socket.localPort ?? 0;
      response.on("data", (chunk: Buffer) => {
        heard();
        isRight &&= matchesPattern(chunk, received);
        received += chunk.length;
      });
      response.once("end", () => finish());
      response.once("error", finish);
    };

    const url = `http://${ipv6 ? `[${SERVER_ADDRESS6}]` : SERVER_ADDRESS}:${HTTP_PORT}/bytes/${wanted}`;
    const request = get(url, { ...options, agent: false, timeout: patienceMs }, receive);
    request.once("timeout", () => request.destroy(new Error(`nothing for ${patienceMs} ms`)));
    request.once("error", finish);
  });
}

process.on("message", ({ id, job }: { id: number; job: ClientJob }) => {
  void runJob(job).then((result) => process.send?.({ id, result }));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
