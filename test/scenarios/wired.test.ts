import { afterAll, beforeAll, expect, test } from "vitest";
import type { InterfaceStatus, Status } from "../../src/inspector/types.ts";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { seenAs, WIRED, WIRED_ADDRESS, WiredWan } from "./wired-wan.ts";

const MODEM_ADDRESS = "10.64.1.2";
/** The only server of this internet, which answers questions over a link that names no name servers of its own. */
const PROBE = "probe: { servers: [198.51.100.1] }\n";
const BESIDE = `${PROBE}uplinks: [{ interface: ${WIRED}, weight: 3 }]\nmodems: { defaults: { weight: 1 } }\n`;
const BEHIND = `${PROBE}uplinks: [{ interface: ${WIRED}, tier: 2 }]\n`;

let box: Box;
let wan: WiredWan;
let port: string;
let before: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1]);
  port = box.bus.port(1);
  wan = new WiredWan(box.guest);
  await wan.build();
  before = await box.network();
  await box.configure(BESIDE);
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
  await wan.destroy();
});

function wired({ interfaces }: Status): InterfaceStatus | undefined {
  return interfaces.find((each) => each.interface === WIRED);
}

/** Waits until the wired link is in this state, and in the pool exactly if that is `online`. */
function untilWired(state: string, timeoutMs = 60_000): Promise<Status> {
  return box.until(
    `${WIRED} is ${state}`,
    (status) =>
      wired(status)?.state === state &&
      status.uplinks.some((link) => link.interface === WIRED && link.health === "good") === (state === "online"),
    timeoutMs,
  );
}

async function sharesOf(connections: number): Promise<Record<string, number>> {
  await box.bus.counts({ reset: true });
  const { downloads } = await box.bus.download({ connections, concurrency: 10 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  return box.bus.counts();
}

test("an interface that somebody else set up is an uplink by itself, and beside a modem it shares by weight", async () => {
  await untilWired("online");
  expect(await sharesOf(8)).toEqual({ [WIRED_ADDRESS]: 8 });
  await box.bus.plug(port, plainModem());
  await box.untilState(port, "online", 90_000);
  await box.until("both are in the pool", ({ uplinks }) => uplinks.filter(({ weight }) => weight > 0).length === 2);
  expect(await sharesOf(40)).toEqual({ [WIRED_ADDRESS]: 30, [MODEM_ADDRESS]: 10 });
  const { stdout } = await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "status"]);
  expect(stdout).toMatch(new RegExp(`^${WIRED} +online .* ${WIRED_ADDRESS} +3 \\(75%\\)$`, "m"));
});

test("an agent that is killed and started again costs no byte of a download over it", async () => {
  await wan.slow(true);
  const open = box.bus.download({ connections: 8, bytes: 500_000, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "1"]);
  await box.agent.stop("SIGKILL");
  await box.start();
  await box.until("both are in the pool again", ({ uplinks }) => uplinks.length === 2);
  const { downloads } = await open;
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(new Set(downloads.map(({ via }) => via))).toEqual(new Set([WIRED_ADDRESS, MODEM_ADDRESS]));
  await wan.slow(false);
});

test("as a backup it gets nothing, not even of the gateway itself, until the modem is pulled", async () => {
  await box.configure(BEHIND);
  await box.until(`${WIRED} is a backup`, ({ uplinks }) =>
    uplinks.some(
      ({ interface: name, tier, weight, health }) => name === WIRED && tier === 2 && weight === 0 && health === "good",
    ),
  );
  expect(await sharesOf(8)).toEqual({ [MODEM_ADDRESS]: 8 });
  expect(await seenAs(box.guest)).toBe(MODEM_ADDRESS);
  await box.bus.unplug(port);
  await box.until(
    `${WIRED} has taken over`,
    ({ uplinks }) => uplinks.length === 1 && uplinks[0]?.interface === WIRED && uplinks[0].weight > 0,
  );
  expect(await sharesOf(8)).toEqual({ [WIRED_ADDRESS]: 8 });
  expect(await seenAs(box.guest)).toBe(WIRED_ADDRESS);
});

test.each([
  ["its router", "no router", () => wan.route("del"), () => wan.route("replace")],
  ["its address", "no address", () => wan.address("del"), () => wan.connect()],
  ["its carrier", "unplugged", () => wan.carrier("down"), () => wan.carrier("up")],
] as const)("it leaves the pool when it loses %s, and is back when that is", async (_what, state, lose, regain) => {
  await lose();
  const status = await untilWired(state, 20_000);
  expect(wired(status)?.reason).toBeDefined();
  await regain();
  await untilWired("online", 20_000);
  expect(await sharesOf(4)).toEqual({ [WIRED_ADDRESS]: 4 });
});

test("silently dead while its router still answers, it leaves the pool to the modem, and comes back by itself", async () => {
  await box.configure(BESIDE);
  await box.bus.plug(port, plainModem());
  await box.until("both are in the pool", ({ uplinks }) => uplinks.filter(({ weight }) => weight > 0).length === 2);
  await wan.blackhole(true);
  // Somebody uses it.
  void box.bus.download({ connections: 4, patienceMs: 3_000 });
  await box.until(
    `${WIRED} gets nothing more`,
    ({ uplinks }) => !uplinks.some((link) => link.interface === WIRED && link.weight > 0),
    60_000,
  );
  expect(await sharesOf(6)).toEqual({ [MODEM_ADDRESS]: 6 });
  expect(await seenAs(box.guest)).toBe(MODEM_ADDRESS);
  await wan.blackhole(false);
  await untilWired("online", 60_000);
  await box.bus.unplug(port);
});

test("named no more it leaves the pool, and nothing of its owner's was changed when all is over", async () => {
  await untilWired("online");
  await box.configure("uplinks: []\n");
  await box.until("the pool is empty", ({ uplinks, interfaces }) => uplinks.length === 0 && interfaces.length === 0);
  await box.stop();
  expect(await box.network()).toBe(before);
});
