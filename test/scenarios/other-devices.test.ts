import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { keyboard } from "../bus/devices/models/keyboard.ts";
import { memoryStick } from "../bus/devices/models/memory-stick.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const SECTORS = 2_048;
let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1]);
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
});

/** What the emulated stick holds: every sector its own number, as 32-bit big-endian words. */
function stickDigest(): string {
  const bytes = Buffer.alloc(SECTORS * 512);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(Math.floor(at / 512), at);
  return createHash("sha256").update(bytes).digest("hex");
}

test("a memory stick and a keyboard are left alone, say why, and the stick stays readable", async () => {
  const [stick, keys] = [box.bus.port(4), box.bus.port(5)];
  const { atMs } = await box.bus.plug(stick, memoryStick({ sectors: SECTORS }));
  await box.bus.plug(keys, keyboard());
  const { ports } = await box.until("both are left alone", (status) => {
    const states = [stick, keys].map((port) => status.ports.find((each) => each.port === port)?.state);
    return states.every((state) => state === "left alone");
  });
  for (const port of [stick, keys]) {
    const seen = ports.find((each) => each.port === port);
    expect(seen?.kind).toBe("other");
    expect(seen?.reason).toMatch(/\w/);
  }
  const find = `for i in $(seq 100); do ls /sys/bus/usb/devices/${stick}:1.0/host*/target*/*/block/ 2>/dev/null && break; sleep 0.1; done`;
  const name = (await box.guest.exec(["sh", "-c", find])).stdout.trim();
  const { stdout } = await box.guest.exec(["sha256sum", `/dev/${name}`]);
  expect(stdout.split(" ")[0]).toBe(stickDigest());
  // Nothing was sent to it that a switch would send.
  const log = await box.bus.log(stick, atMs);
  expect(JSON.stringify(log)).not.toMatch(/eject/i);
});
