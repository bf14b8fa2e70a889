/** Members that a bundle can have. */
export const MAX_MEMBERS = 8;
/** The bundle's own interface, at either end. */
export const BUNDLE_INTERFACE = "wanbundle";
/** A member's WireGuard interface at the gateway is this and its link's slot. */
export const MEMBER_PREFIX = "wanbm";
/** The concentrator's only WireGuard interface. */
export const TUNNEL_INTERFACE = "wanbundlewg";
/** Inside of WireGuard: where members are announced, and where their PPP is taken. TCP, on the member's address at the concentrator. */
export const CONTROL_PORT = 7121;
export const DATA_PORT = 7122;
/** Who answers that it carries (RFC 862): inside of the bundle by TCP, and over each member by UDP. */
export const ECHO_PORT = 7118;
/** The ends of the bundle. */
export const GATEWAY_ADDRESS = "172.31.119.2";
export const CONCENTRATOR_ADDRESS = "172.31.119.1";
/** All of the concentrator's addresses that only its own gateway may reach. */
export const INNER_NETWORKS = ["169.254.119.0/24", "172.31.119.0/24"] as const;
/**
 * WireGuard's own default: 60 bytes of outer headers (IPv4 20, UDP 8, WireGuard 32) then fit into a path of 1480 bytes, so that
 * no member's packet is cut into pieces on an ordinary mobile network.
 */
export const TUNNEL_MTU = 1_420;
/** A full packet of the tunnel as a link carries it. */
export const OUTER_BYTES = TUNNEL_MTU + 60;
/**
 * What a full segment in the tunnel carries, behind the headers of IPv4 and of TCP without options. socat hands on as much at a time, as what it writes
 * at once goes out at once.
 */
export const SEGMENT_BYTES = TUNNEL_MTU - 20 - 20;
/**
 * The bundle's MRRU (RFC 1990, 5.1.1). The kernel's asynchronous PPP takes 1500 bytes a frame, multilink's header included: a
 * packet of this size and its protocol number fit into one frame when only one member is free.
 */
export const BUNDLE_MTU = 1_490;

/** The gateway's and the concentrator's address on member 1–8, link-local (RFC 3927). */
export function gatewayAddressOf(member: number): string {
  return `169.254.119.${10 + member}`;
}

export function concentratorAddressOf(member: number): string {
  return `169.254.119.${110 + member}`;
}

/** The member whose gateway has this address, or null. */
export function memberOfAddress(address: string): number | null {
  const last = /^(?:::ffff:)?169\.254\.119\.(1[1-8])$/.exec(address)?.[1];
  return last === undefined ? null : Number(last) - 10;
}
