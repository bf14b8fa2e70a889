import type { Box } from "../../bus/box.ts";
import type { Model } from "../../bus/devices/models/models.ts";
import { plainModem } from "../../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../../bus/devices/models/zte-mf102.ts";
import type { ModemParams } from "../../bus/devices/serial/modem-params.ts";
import { pause } from "./figure.ts";

/** Until udev is through with a modem. */
const SETTLE_MS = 7_000;

/** The network's own delays, and numbers by which the modem in port `number` and its SIM are told from the others. */
function modem(number: number): Partial<ModemParams> {
  return {
    registrationMs: 300,
    dialMs: 300,
    imei: `35693803564380${number}`,
    imsi: `24007123456789${number}`,
    iccid: `894607123456789012${number}`,
  };
}

/** A CD-ROM that is to be switched, as the thesis's was: ZTE MF102. Its data port takes AT commands and dials, as ModemManager wants it. */
export function stick(number: number): Model {
  return zteMf102({ reenumerateMs: 500, modem: modem(number) });
}

/**
 * A modem from the start, for what is over before anybody dials: Quectel EC25. ModemManager does not come online by the emulated one: it
 * dials on the AT port, where this one refuses.
 */
export function readyModem(number: number): Model {
  return plainModem({ modem: modem(number) });
}

/** Plugs in a stick and resolves when udev is through with the modem that it has become, whoever switched it: nobody runs that would. */
export async function plugSwitched(box: Box, number: number): Promise<void> {
  const port = box.bus.port(number);
  await box.bus.plug(port, stick(number));
  const isModem = `for look in $(seq 20); do grep -qx 0031 /sys/bus/usb/devices/$1/idProduct && exit; sleep 0.5; done; exit 1`;
  const { exitCode } = await box.guest.exec(["sh", "-c", isModem, "look", port], { mayFail: true });
  if (exitCode !== 0) await box.bus.become(port, "modem");
  await pause(SETTLE_MS);
}
