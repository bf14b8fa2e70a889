// Run in the guest: `followers.js SOCKET COUNT` follows the journal so often at once, as fast as it can, and prints each second as JSON
// how many followers there are, what they have read, and how often one was dropped. Who is dropped comes back.
import { request } from "node:http";
import { setPriority } from "node:os";
import type { Followers } from "../watched.ts";

const AGAIN_MS = 1_000;
const [socketPath, count] = [String(process.argv[2]), Number(process.argv[3])];

// As in life: the agent goes before all.
setPriority(10);
let connected = 0;
let dropped = 0;
let entries = 0;

function follow(): void {
  const path = "/v1/events?follow=true&limit=0";
  const asked = request({ socketPath, path, headers: { host: "localhost" }, agent: false });
  let isThere = false;
  const end = (): void => {
    if (isThere) {
      connected -= 1;
      dropped += 1;
    }
    setTimeout(follow, AGAIN_MS);
  };
  asked.once("error", () => {});
  asked.once("close", end);
  asked.once("response", (answer) => {
    isThere = true;
    connected += 1;
    answer.on("error", () => {});
    // An entry is two line ends on the wire, and the head of the stream as well.
    answer.on("data", (part: Buffer) => {
      for (let at = part.indexOf("\n\n"); at !== -1; at = part.indexOf("\n\n", at + 2)) entries += 1;
    });
  });
  asked.end();
}

for (let number = 0; number < count; number += 1) follow();
setInterval(() => console.log(JSON.stringify({ connected, dropped, entries } satisfies Followers)), 1_000);
