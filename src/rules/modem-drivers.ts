/**
 * Kernel drivers whose ttys may be a modem's, so that AT commands may be sent to probe them. Everything else
 * (ftdi_sio, pl2303, ch341, cp210x, …) is a plain serial adapter with something unknown behind it: a printer, a
 * controller of a machine. `cdc_acm` counts only where the interface declares an AT protocol (see `speaksAt`).
 * From the kernel's drivers/usb/serial and drivers/net/usb (6.12).
 */
export const modemDrivers: readonly string[] = [
  "option",
  "option1",
  "sierra",
  "qcserial",
  "qcaux",
  "ipw",
  "hso",
  "cdc_acm",
  "huawei_cdc_ncm",
];

/**
 * Whether a CDC ACM interface says that it takes AT commands: communications class, abstract control model, protocol
 * 1–6 (USB CDC 1.2, 4.3–4.5). Protocol 0 and ff are ordinary serial ports.
 */
export function speaksAt(face: { class: number; subclass: number; protocol: number }): boolean {
  return face.class === 0x02 && face.subclass === 0x02 && face.protocol >= 1 && face.protocol <= 6;
}
