import { access, readdir, readFile, readlink } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { basename } from "node:path";

const IFF_UP = 1;

export interface InUsePlaces {
  readonly sysfs: string;
  /** `/run` but in tests. */
  readonly run: string;
  /** `/proc` but in tests. */
  readonly proc: string;
  /** Addresses by interface; those of this computer but in tests. */
  readonly addresses?: () => ReturnType<typeof networkInterfaces>;
}

/**
 * Who else uses a wireless interface, in a few words; null: nobody. `link` is what `iw dev NAME link` says. An interface that is
 * down is nobody's, and one that is merely up neither: many a system sets up all that it finds.
 */
export async function userOf(name: string, link: string, places: InUsePlaces): Promise<string | null> {
  const folder = `${places.sysfs}/class/net/${name}`;
  const index = await text(`${folder}/ifindex`);
  if (/^managed=(?:1|true)$/m.test(await text(`${places.run}/NetworkManager/devices/${index}`))) {
    return "NetworkManager manages it";
  }
  const master = await readlink(`${folder}/master`).catch(() => null);
  if (master !== null) return `it is a port of ${basename(master)}`;
  if ((Number(await text(`${folder}/flags`)) & IFF_UP) === 0) return null;
  const network = /^Connected to ([0-9a-f:]{17})/m.exec(link)?.[1];
  if (network !== undefined) return `it is connected to the network ${network}`;
  const addresses = (places.addresses ?? networkInterfaces)()[name] ?? [];
  const address = addresses.find((each) => !each.address.startsWith("fe80:"))?.address;
  if (address !== undefined) return `it has the address ${address}`;
  return (await hasSupplicant(name, places)) ? "wpa_supplicant runs on it" : null;
}

/** By its control socket, or its command line (wpa_supplicant(8): `-i NAME` or `-iNAME`). */
async function hasSupplicant(name: string, { run, proc }: InUsePlaces): Promise<boolean> {
  const hasSocket = await access(`${run}/wpa_supplicant/${name}`).then(
    () => true,
    () => false,
  );
  if (hasSocket) return true;
  const processes = (await readdir(proc).catch(() => [])).filter((pid) => /^[0-9]+$/.test(pid));
  for (const pid of processes) {
    const args = (await text(`${proc}/${pid}/cmdline`)).split("\0");
    if (basename(args[0] ?? "") !== "wpa_supplicant") continue;
    if (args.includes(`-i${name}`) || args.some((arg, at) => arg === "-i" && args[at + 1] === name)) return true;
  }
  return false;
}

async function text(file: string): Promise<string> {
  return (await readFile(file, "utf8").catch(() => "")).trim();
}
