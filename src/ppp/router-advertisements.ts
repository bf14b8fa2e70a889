import { writeFile } from "node:fs/promises";

/**
 * Has the kernel take an address on a ppp interface from the network's router advertisement, which is all that IPV6CP leaves
 * to it (RFC 5072; 3GPP TS 29.061, 11.2.1.3.2), even while this computer forwards; and no default route, as routes are set with all
 * links in view (Linux, ip-sysctl.rst). Before the link is up: the kernel asks for the advertisement then. Gone with the interface.
 * Never rejects: on a kernel without IPv6 there is nothing to take.
 */
export async function takeAddressByAdvertisement(interfaceName: string, root = "/proc/sys"): Promise<void> {
  const folder = `${root}/net/ipv6/conf/${interfaceName}`;
  const values = { accept_ra: "2", accept_ra_defrtr: "0" };
  await Promise.all(
    Object.entries(values).map(([name, value]) => writeFile(`${folder}/${name}`, value).catch(() => undefined)),
  );
}
