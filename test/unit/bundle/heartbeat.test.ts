import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { HealthEvent } from "../../../machines/bundle/effects.ts";
import { type Heartbeat, startHeartbeat } from "../../../src/bundle/heartbeat.ts";

const ADDRESS = "127.0.0.1";
let server: Server | null = null;
let beat: Heartbeat | null = null;
const open = new Set<Socket>();

afterEach(async () => {
  beat?.end();
  for (const socket of open) socket.destroy();
  open.clear();
  await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  server = null;
});

/** An echo that answers as it is told; resolves with its port. */
async function serve(answers: () => boolean): Promise<number> {
  const made = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("data", (data) => answers() && socket.write(data));
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, ADDRESS, resolve));
  return (made.address() as { port: number }).port;
}

test("one answer is told once, and goes on without another word while answers come", async () => {
  const port = await serve(() => true);
  const told: HealthEvent[] = [];
  beat = startHeartbeat({ address: ADDRESS, port }, (event) => told.push(event));
  // Longer than its patience: what was waited for is not held against it.
  await pause(5_500);
  expect(told.map(({ type }) => type)).toEqual(["health.answered"]);
}, 20_000);

test("a connection that breaks is silence at once, and the next answer ends that", async () => {
  const port = await serve(() => true);
  const told: HealthEvent[] = [];
  beat = startHeartbeat({ address: ADDRESS, port }, (event) => told.push(event));
  await pause(500);
  for (const socket of open) socket.destroy();
  await pause(500);
  expect(told.map(({ type }) => type)).toEqual(["health.answered", "health.silent"]);
  await pause(3_000);
  expect(told.at(-1)?.type).toBe("health.answered");
}, 20_000);

test("who begins to use an idle bundle while its connection is broken does not end the trying", async () => {
  const port = await serve(() => true);
  const told: HealthEvent[] = [];
  beat = startHeartbeat({ address: ADDRESS, port }, (event) => told.push(event));
  await pause(600);
  beat.used(false);
  // Until the next answer: from then on it is in no hurry.
  await pause(1_500);
  for (const socket of open) socket.destroy();
  await pause(500);
  beat.used(true);
  await pause(4_000);
  expect(told.map(({ type }) => type)).toEqual(["health.answered", "health.silent", "health.answered"]);
}, 20_000);

test("no answer in time is silence, told once however often it is tried", async () => {
  let answers = true;
  const port = await serve(() => answers);
  const told: HealthEvent[] = [];
  beat = startHeartbeat({ address: ADDRESS, port }, (event) => told.push(event));
  await pause(500);
  answers = false;
  await pause(13_000);
  expect(told.map(({ type }) => type)).toEqual(["health.answered", "health.silent"]);
}, 30_000);
