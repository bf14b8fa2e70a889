import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readHubs } from "../../../src/power/read-hubs.ts";

let sysfs: string;
beforeEach(async () => {
  sysfs = await mkdtemp(join(tmpdir(), "read-hubs-"));
});
afterEach(() => rm(sysfs, { recursive: true }));

async function add(name: string, deviceClass: string, files: Record<string, string>): Promise<void> {
  const folder = `${sysfs}/bus/usb/devices/${name}`;
  await mkdir(folder, { recursive: true });
  const all = { devnum: "3", bConfigurationValue: "1", speed: "480", ...files };
  for (const [file, text] of Object.entries(all)) await writeFile(`${folder}/${file}`, `${text}\n`);
  const raw = `12010002${deviceClass}000040d21931001200000000010902120001010080fa0904000000ffffff00`;
  await writeFile(`${folder}/descriptors`, Buffer.from(raw, "hex"));
  await symlink("../../usb", `${folder}/driver`);
}

it("what hangs on each hub is read from sysfs, by names that were made printable", async () => {
  await add("usb1", "09", { maxchild: "2", bmAttributes: "e0", bMaxPower: "0mA" });
  await add("1-1", "09", { maxchild: "7", bmAttributes: "e0", bMaxPower: "100mA", product: "USB2.0 Hub" });
  await add("1-1.2", "00", { bMaxPower: "500mA", product: "Stick\u001b[31m" });
  await add("1-1.3", "00", { bMaxPower: "500mA" });
  await mkdir(`${sysfs}/bus/usb/devices/1-1:1.0`);
  expect(await readHubs(sysfs, { "1-1": 900 })).toMatchObject([
    {
      hub: "1-1",
      budgetMilliamps: 900,
      overMilliamps: 100,
      devices: [{ name: "Stick·[31m" }, { name: "19d2:0031" }],
    },
    { hub: "usb1", drawnMilliamps: 100, budgetMilliamps: 1000, overMilliamps: 0 },
  ]);
});

it("where there is no USB there is nothing to tell", async () => {
  expect(await readHubs(`${sysfs}/none`, {})).toEqual([]);
});
