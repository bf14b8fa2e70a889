import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

// All hang on the root hub of the virtual bus: 15 ports of 500 mA.
const PORTS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The two that go online; the others only draw power, which spares the guest their dialling. */
const SERVED = [1, 2];

let box: Box;
let hub: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  hub = `usb${box.bus.port(1).split("-")[0]}`;
  await box.configure(served());
  await box.start();
  for (const number of PORTS) await box.bus.plug(box.bus.port(number), plainModem());
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

function served(): string {
  const named = SERVED.map((number) => `"${box.bus.port(number)}": { enabled: true }`);
  return `modems: { defaults: { enabled: false }, ${named.join(", ")} }\n`;
}

const run = async (...words: string[]): Promise<string> =>
  (await box.guest.exec(["node", "/wanherd/dist/wanherd.js", ...words], { mayFail: true })).stdout.replaceAll(
    "\n",
    " ",
  );

test("eight sticks of 500 mA on the root hub are 4 A of 7.5 A", async () => {
  const { hubs } = await box.until("all are accounted for", ({ hubs }) =>
    hubs.some(({ port, devices }) => port === hub && devices.length === PORTS.length),
  );
  const root = hubs.find(({ port }) => port === hub);
  expect(root).toMatchObject({ drawnMilliamps: 4000, budgetMilliamps: 7500, over: false, note: null });
  expect(root?.devices.map(({ milliamps }) => milliamps)).toEqual(PORTS.map(() => 500));
});

test("the config names a supply of 2 A: status, doctor, metrics and the journal tell of the 2 A too much", async () => {
  await box.configure(`${served()}power: { hubs: { ${hub}: 2000 } }\n`);
  await box.agent.waitFor(new RegExp(`power of hub ${hub}: over-committed by 2000 mA: 8 × `), 30_000);
  const over = "over-committed by 2000 mA";
  expect(await run("status")).toContain(`Power of hub ${hub}: ${over}`);
  expect(await run("doctor")).toContain(`USB hub ${hub} is ${over}`);
  const { stdout } = await box.guest.exec(
    ["curl", "-sf", "--unix-socket", "/run/wanherd/agent.sock", "http://localhost/metrics"],
    {
      mayFail: true,
    },
  );
  expect(stdout).toContain(`wanherd_hub_milliamps{hub="${hub}",kind="budget"} 2000`);
});

test("two modems that vanish at once and come back by themselves look like a brown-out", async () => {
  const ports = SERVED.map((number) => box.bus.port(number));
  await box.untilPool(ports);
  await Promise.all(ports.map((port) => box.bus.unplug(port)));
  await Promise.all(ports.map((port) => box.bus.plug(port, plainModem())));
  await box.agent.waitFor(/looks like a brown-out: .* came back; it is over-committed/, 30_000);
  expect(await run("status")).toContain("looks like a brown-out (just now)");
});
