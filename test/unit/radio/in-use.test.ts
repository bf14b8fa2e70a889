import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { userOf } from "../../../src/radio/in-use.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "in-use-"));
  await put("sys/class/net/wlan0/flags", "0x1003\n");
  await put("sys/class/net/wlan0/ifindex", "7\n");
  await put("proc/12/cmdline", "sshd\0-D\0");
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const address = { netmask: "255.255.255.0", mac: "", internal: false, cidr: null, family: "IPv4" as const };
const ask = (link = "Not connected.\n", addresses: readonly string[] = []) =>
  userOf("wlan0", link, {
    sysfs: `${root}/sys`,
    run: `${root}/run`,
    proc: `${root}/proc`,
    addresses: () => ({ wlan0: addresses.map((text) => ({ ...address, address: text })) }),
  });

test("one that is merely up, with the address that IPv6 gives it by itself, is nobody's", async () => {
  expect(await ask("Not connected.\n", ["fe80::1"])).toBeNull();
});

test("one with an address is in use", async () => {
  expect(await ask("Not connected.\n", ["192.0.2.7"])).toBe("it has the address 192.0.2.7");
});

test("one that is connected is in use", async () => {
  expect(await ask("Connected to 02:00:00:00:01:00 (on wlan0)\n\tSSID: home\n")).toBe(
    "it is connected to the network 02:00:00:00:01:00",
  );
});

test("one that is down is nobody's, whatever it was before", async () => {
  await put("sys/class/net/wlan0/flags", "0x1002\n");
  expect(await ask("Connected to 02:00:00:00:01:00 (on wlan0)\n", ["192.0.2.7"])).toBeNull();
});

test("a port of somebody's bridge is in use, even while it is down", async () => {
  await put("sys/class/net/wlan0/flags", "0x1002\n");
  await symlink("../br0", `${root}/sys/class/net/wlan0/master`);
  expect(await ask()).toBe("it is a port of br0");
});

test.each([
  ["with its socket", "run/wpa_supplicant/wlan0", ""],
  ["by its command line", "proc/40/cmdline", "/sbin/wpa_supplicant\0-c\0/etc/w.conf\0-iwlan0\0"],
  ["by its command line, in two words", "proc/40/cmdline", "wpa_supplicant\0-i\0wlan0\0"],
])("a wpa_supplicant on it is found, %s", async (_, path, text) => {
  await put(path, text);
  expect(await ask()).toBe("wpa_supplicant runs on it");
});

test("a wpa_supplicant on another interface is not", async () => {
  await put("proc/40/cmdline", "wpa_supplicant\0-i\0wlan1\0");
  expect(await ask()).toBeNull();
});

test("NetworkManager has it where it says so, and only there", async () => {
  await put("run/NetworkManager/devices/7", "[device]\nmanaged=false\n");
  expect(await ask()).toBeNull();
  await put("run/NetworkManager/devices/7", "[device]\nmanaged=true\n");
  expect(await ask()).toBe("NetworkManager manages it");
});
