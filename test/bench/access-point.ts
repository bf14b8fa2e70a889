import type { Box } from "../bus/box.ts";
import { macOf } from "../bus/devices/models/dongle.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { radioOf, Station } from "../bus/station.ts";
import { HOTSPOT } from "../scenarios/hotspot.ts";
import { secondsText, table } from "./statistics.ts";

const STAYING = 1;
const PLUGGED = 2;
const CLIENT = 9;
const ROUTER = "172.17.2.1";
const BOUND_MS = 60_000;
const MOST_KILLS = 4;

/**
 * F. From the plug of a second dongle to its first beacon, what its coming and going costs a client of the first one, and
 * from hostapd's death to the beacons of both, and from dnsmasq's to the next answer. The emulated chips themselves say when they were told to send beacons.
 */
export async function accessPoint(box: Box, runs: number): Promise<string> {
  const [staying, plugged, client] = [STAYING, PLUGGED, CLIENT].map((number) => box.bus.port(number)) as [
    string,
    string,
    string,
  ];
  await box.configure(`accessPoint: { passphrase: "${HOTSPOT.passphrase}" }\n`);
  // In the client's namespace before the agent looks.
  await box.bus.plug(client, rt2500usb());
  const options = { ...HOTSPOT, security: "wpa2", bssid: macOf(STAYING) } as const;
  const station = await Station.create(box.guest, "bench", await radioOf(box.guest, client), options);
  await box.start();
  await box.bus.plug(staying, rt2500usb());
  await box.untilState(staying, "serving");
  await station.connect();

  const plugs: number[] = [];
  const pings = { sent: 0, received: 0 };
  const stop = await station.startPings(ROUTER);
  for (let run = 0; run < runs; run++) {
    const { atMs } = await box.bus.plug(plugged, rt2500usb());
    plugs.push((await beacons(box, plugged, atMs)) - atMs);
    await box.untilState(plugged, "serving");
    await box.bus.unplug(plugged);
    await box.untilState(plugged, "empty");
    console.error(`plug, run ${run + 1}: ${plugs.at(-1)?.toFixed(0)} ms`);
  }
  Object.assign(pings, await stop());
  const { lost } = await station.associations();

  await box.bus.plug(plugged, rt2500usb());
  await box.untilState(plugged, "serving");
  const kills: number[] = [];
  const returns: number[] = [];
  // One that dies again and again within a minute is waited for longer each time.
  for (let run = 0; run < Math.min(runs, MOST_KILLS); run++) {
    const { won } = await station.associations();
    const killedMs = Number((await box.guest.now()) / 1_000_000n);
    await box.guest.exec(["busybox", "killall", "-KILL", "hostapd"]);
    const back = await Promise.all([staying, plugged].map((port) => beacons(box, port, killedMs)));
    kills.push(Math.max(...back) - killedMs);
    await station.associated(won + 1);
    returns.push(Number((await box.guest.now()) / 1_000_000n) - killedMs);
    await box.untilState(plugged, "serving");
    console.error(`kill, run ${run + 1}: ${kills.at(-1)?.toFixed(0)} ms, client ${returns.at(-1)?.toFixed(0)} ms`);
  }
  const answers: number[] = [];
  for (let run = 0; run < Math.min(runs, MOST_KILLS); run++) {
    const killedMs = Number((await box.guest.now()) / 1_000_000n);
    await box.guest.exec(["busybox", "killall", "-KILL", "dnsmasq"]);
    while (
      !(await station.run(["busybox", "nslookup", "-timeout=2", "-retry=20", "wanherd.lan", ROUTER])).includes("Name:")
    );
    answers.push(Number((await box.guest.now()) / 1_000_000n) - killedMs);
  }
  await station.leave();
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
  const rows = [
    ["access point", "median (min–max)"],
    ["from a dongle's plug to its first beacon", secondsText(plugs)],
    ["from hostapd's SIGKILL to the beacons of two dongles", secondsText(kills)],
    ["from hostapd's SIGKILL to its client's association", secondsText(returns)],
    ["from dnsmasq's SIGKILL to a client's next answer", secondsText(answers)],
  ];
  const cost = `${runs} plugs and unplugs of one dongle cost a client of the other ${pings.sent - pings.received} of ${pings.sent} pings and ${lost} associations.`;
  return `### F. Access point, ${runs} runs each\n\n${table(rows)}\n\n${cost}\n`;
}

/** When this port's chip was told to send beacons, after `sinceMs`. @throws when it was not in time. */
async function beacons(box: Box, port: string, sinceMs: number): Promise<number> {
  const end = Date.now() + BOUND_MS;
  while (Date.now() < end) {
    const found = (await box.bus.log(port, sinceMs)).find(({ kind, text }) => kind === "radio" && text === "beacons");
    if (found !== undefined) return found.atMs;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${port} sends no beacons`);
}
