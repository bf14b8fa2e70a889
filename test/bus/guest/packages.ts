/** The Debian release that the guest runs. */
export const RELEASE = "trixie";

/**
 * What is installed in the guest on top of mmdebstrap's `minbase`: the programs that wanherd itself runs, those that
 * the emulated world needs (carriers, LAN clients, WiFi peers), and the ones it is compared with.
 */
export const GUEST_PACKAGES: readonly string[] = [
  // the system
  "systemd-sysv",
  "udev",
  "linux-image-amd64",
  "busybox-static",
  "kmod",
  "procps",
  "nodejs",
  // what wanherd runs
  "ppp",
  "hostapd",
  "dnsmasq-base",
  "iw",
  "wireless-regdb",
  "nftables",
  "iproute2",
  "conntrack",
  "shadowsocks-libev",
  "mptcpize",
  "wireguard-tools",
  "socat",
  "usb-modeswitch-data",
  "mobile-broadband-provider-info",
  // what stands around it, and what tests look with
  "wpasupplicant",
  "iputils-ping",
  "iptables",
  "curl",
  "usbutils",
  // what it is measured against
  "usb-modeswitch",
  "wvdial",
];

/** Besides, in the image of the comparison alone (test/bench/comparison): other managers of modems and what they live on. */
export const COMPARISON_PACKAGES: readonly string[] = [
  ...GUEST_PACKAGES,
  "supervisor",
  "dbus",
  "polkitd",
  "modemmanager",
  "network-manager",
];
