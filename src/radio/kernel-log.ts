import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";

/** A record has at most so many bytes (kernel: PRINTKRB_RECORD_MAX and what precedes it). */
const RECORD_BYTES = 8192;
/** More than any kernel keeps. */
const MAX_RECORDS = 100_000;
const NOT_NOW = "EAGAIN";
/** Records were overwritten while we read; the next one is the oldest there is. */
const OVERTAKEN = "EPIPE";

/**
 * What the kernel has said so far and still knows, line by line (Documentation/ABI/testing/dev-kmsg: each read gives one
 * record, `priority,sequence,microseconds,flags;text`). Empty where it may not be read.
 */
export async function readKernelLog(file = "/dev/kmsg"): Promise<readonly string[]> {
  const lines: string[] = [];
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return lines;
  try {
    const buffer = Buffer.alloc(RECORD_BYTES);
    for (let count = 0; count < MAX_RECORDS; count++) {
      try {
        const { bytesRead } = await handle.read(buffer, 0, RECORD_BYTES, null);
        if (bytesRead === 0) break;
        const record = buffer.toString("utf8", 0, bytesRead);
        lines.push(record.slice(record.indexOf(";") + 1).split("\n", 1)[0] ?? "");
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === OVERTAKEN) continue;
        if (code === NOT_NOW) break;
        return lines;
      }
    }
  } finally {
    await handle.close();
  }
  return lines;
}

/**
 * The firmware file that the kernel lacked for this device, or null. The firmware loader names the device before the file
 * (`usb 1-1.3: Direct firmware load for rtlwifi/rtl8192cufw.bin failed with error -2`), and Debian's kernels say
 * `firmware: failed to load …`. Only what was said since the device was last plugged in counts.
 */
export function missingFirmware(lines: readonly string[], port: string): string | null {
  const plugged = lines.findLastIndex((line) => line.startsWith(`usb ${port}: new `));
  for (const line of lines.slice(plugged + 1)) {
    const [, device, file] = FIRMWARE.exec(line) ?? [];
    if (device !== undefined && (device === port || device.startsWith(`${port}:`))) return file ?? null;
  }
  return null;
}

/** The firmware file that the kernel lacked for the USB device of this interface, or null. */
export async function firmwareLacking(interfaceName: string, sysfs = "/sys"): Promise<string | null> {
  const device = await realpath(`${sysfs}/class/net/${interfaceName}/device`).catch(() => "");
  const port = device
    .split("/")
    .map((part) => /^([0-9]+-[0-9.]+):[0-9]+\.[0-9]+$/.exec(part)?.[1])
    .find((each) => each !== undefined);
  return port === undefined ? null : missingFirmware(await readKernelLog(), port);
}

const FIRMWARE =
  /^\S{1,40} ([0-9.:-]{1,40}): (?:Direct firmware load for|firmware: failed to load) ([A-Za-z0-9._/-]{1,100})/;
