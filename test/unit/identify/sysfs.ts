import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A device as a test plugs it into a made-up sysfs. */
export interface PluggedDevice {
  readonly port: string;
  /** `1c9e:9605` */
  readonly id: string;
  readonly manufacturer?: string;
  readonly product?: string;
  readonly interfaces: readonly {
    /** `ff/ff/ff` */
    readonly class: string;
    readonly driver?: string;
    /** Below the interface's folder, e.g. `ttyUSB0/` or `net/wwan0/`; without a slash at the end it is a file that holds `0`. */
    readonly holds?: readonly string[];
  }[];
}

/** Writes the device into `root`/sys as the kernel shows it (Documentation/ABI/testing/sysfs-bus-usb), and udev's names into `root`/dev. */
export async function plugIn(root: string, device: PluggedDevice): Promise<void> {
  const directory = join(root, "sys/bus/usb/devices", device.port);
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  const drivers = join(root, "sys/bus/usb/drivers");
  for (const name of ["usb", ...device.interfaces.flatMap(({ driver }) => driver ?? [])])
    await mkdir(join(drivers, name), { recursive: true });
  const [vendor = 0, product = 0] = device.id.split(":").map((part) => Number.parseInt(part, 16));
  const words = { devnum: "7", bConfigurationValue: "1", bMaxPower: "500mA", speed: "480" };
  const strings = { manufacturer: device.manufacturer ?? "", product: device.product ?? "" };
  for (const [name, text] of Object.entries({ ...words, ...strings })) await put(join(directory, name), `${text}\n`);
  await put(
    join(directory, "descriptors"),
    descriptors(
      vendor,
      product,
      device.interfaces.map((face) => face.class),
    ),
  );
  await symlink(join(drivers, "usb"), join(directory, "driver"));
  for (const [number, { driver, holds = [] }] of device.interfaces.entries()) {
    // Beside the device, as they are on the bus; in the kernel's own tree they lie below it.
    const face = join(root, "sys/bus/usb/devices", `${device.port}:1.${number}`);
    await mkdir(face, { recursive: true });
    if (driver !== undefined) await symlink(join(drivers, driver), join(face, "driver"));
    for (const path of holds) {
      if (!path.endsWith("/")) await put(join(face, path), "0\n");
      else await mkdir(join(face, path), { recursive: true });
    }
  }
}

function descriptors(vendor: number, product: number, classes: readonly string[]): Buffer {
  const device = Buffer.from([18, 1, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  device.writeUInt16LE(vendor, 8);
  device.writeUInt16LE(product, 10);
  const faces = classes.map((triple, number) => {
    const bytes = triple.split("/").map((part) => Number.parseInt(part, 16));
    return Buffer.from([9, 4, number, 0, 0, ...bytes, 0]);
  });
  return Buffer.concat([device, Buffer.from([9, 2, 9, 0, classes.length, 1, 0, 0x80, 250]), ...faces]);
}
