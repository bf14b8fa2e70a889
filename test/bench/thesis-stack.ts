import type { Box } from "../bus/box.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";

/** Where the thesis's dialler finds its modem; its udev rule names the MF102's data port so. */
const MODEM = "/dev/thesismodem";
const UDEV_RULE = `SUBSYSTEM=="tty", ATTRS{idVendor}=="19d2", ATTRS{idProduct}=="0031", ENV{ID_USB_INTERFACE_NUM}=="03", SYMLINK+="thesismodem"\n`;

/**
 * The thesis's three commands and its number (3.2.4), said by chat. The thesis used wvdial for that: Debian 13's
 * (1.61-8) ends with a segmentation fault after "Modem initialized", whatever its configuration. So these figures
 * are not those of the thesis's own stack.
 */
export const CHAT = `ABORT BUSY ABORT ERROR ABORT 'NO CARRIER' TIMEOUT 10
'' ATZ
OK 'ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0'
OK 'AT+CGDCONT=1,"IP","data.comviq.se"'
OK ATD*99#
CONNECT ''
`;

/** wvdial's own way to start pppd, and supervisor's part: started again one second after its end. */
const SUPERVISOR = `while :; do
  pppd ${MODEM} 460800 modem noauth noipdefault defaultroute nodetach connect 'chat -f /run/thesis.chat' >/dev/null 2>&1
  sleep 1
done
`;

/** The thesis's stack in the guest: the distribution's own usb_modeswitch by udev, a dialler in a restart loop. */
export class ThesisStack {
  readonly #box: Box;
  #loop: GuestProcess | null = null;
  #monitor: GuestProcess | null = null;

  constructor(box: Box) {
    this.#box = box;
  }

  async install(): Promise<void> {
    const { guest } = this.#box;
    await guest.exec(["rm", "-f", "/etc/udev/rules.d/40-usb_modeswitch.rules", "/etc/udev/rules.d/60-wanherd.rules"]);
    await guest.writeFile("/etc/udev/rules.d/99-thesis.rules", UDEV_RULE);
    await guest.writeFile("/run/thesis.chat", CHAT);
    await guest.writeFile("/run/supervisor.sh", SUPERVISOR);
    // What the dispatcher of usb_modeswitch noted at an earlier run; it makes a file where udev's link should be.
    await guest.exec(["rm", "-f", "/var/lib/usb_modeswitch/link_list", MODEM]);
    await guest.exec(["udevadm", "control", "--reload"]);
    this.#monitor = await guest.start(["ip", "monitor", "address"], { name: "ip monitor" });
    this.#loop = await guest.start(["setsid", "sh", "/run/supervisor.sh"], { name: "the thesis's supervisor" });
  }

  async uninstall(): Promise<void> {
    const { guest } = this.#box;
    await this.#loop?.stop("SIGKILL");
    await guest.exec(["pkill", "-KILL", "-f", "supervisor.sh"], { mayFail: true });
    await guest.exec(["pkill", "-f", `^pppd ${MODEM}`], { mayFail: true });
    await this.#monitor?.stop();
    await guest.exec([
      "sh",
      "-c",
      "rm -f /etc/udev/rules.d/99-thesis.rules; cp /wanherd/udev/*.rules /etc/udev/rules.d/",
    ]);
    await guest.exec(["udevadm", "control", "--reload"]);
  }

  /** Waits until ppp0 has an address; the guest's CLOCK_MONOTONIC in ms when `ip monitor` said so. */
  async untilUp(timeoutMs: number): Promise<number> {
    if (this.#monitor === null) throw new Error("the thesis's stack is not installed");
    // The loop may have made a ppp1 while a ppp0 was still being taken down.
    await this.#monitor.waitFor(/ppp\d+ +inet \d/, timeoutMs);
    return Number(await this.#box.guest.now()) / 1e6;
  }
}
