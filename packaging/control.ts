/** The programs and data that the agent cannot do without. */
const DEPENDS = [
  "nodejs (>= 20.19)",
  // Of the native modules.
  "libc6",
  "systemd",
  "udev",
  "ppp",
  "nftables",
  "iproute2",
  "conntrack",
  "dnsmasq-base",
  "hostapd",
  "iw",
  "wireless-regdb",
  "usb-modeswitch-data",
  "mobile-broadband-provider-info",
];
/** For the odd device that only usb_modeswitch can switch; for the bundle over Multipath TCP. */
const SUGGESTS = ["usb-modeswitch", "shadowsocks-libev", "mptcpize"];

/** The package's control file (deb-control(5)). */
export function renderControl(options: { version: string; architecture: string; kilobytes: number }): string {
  return [
    "Package: wanherd",
    `Version: ${options.version}`,
    `Architecture: ${options.architecture}`,
    "Section: net",
    "Priority: optional",
    // No invented people: who builds a package for others puts a name here.
    "Maintainer: The wanherd project <wanherd@invalid>",
    `Installed-Size: ${options.kilobytes}`,
    `Depends: ${DEPENDS.join(", ")}`,
    `Suggests: ${SUGGESTS.join(", ")}`,
    "Description: USB modems and WiFi dongles become one calm uplink and a hotspot",
    " Plug USB modems and WiFi dongles into a small computer: wanherd switches them",
    " out of storage mode, dials, spreads the LAN's connections over all links, and",
    " makes an access point of every dongle that can be one.",
    " .",
    " It is started by udev at the first device, and says of each what it does and why.",
    "",
  ].join("\n");
}
