import {
  BUNDLE_INTERFACE,
  BUNDLE_MTU,
  CONCENTRATOR_ADDRESS,
  concentratorAddressOf,
  DATA_PORT,
  GATEWAY_ADDRESS,
  gatewayAddressOf,
  SEGMENT_BYTES,
} from "./addresses.ts";
import type { MemberSpeed } from "./speeds.ts";

/** The descriptor of pppd from which it reads its secret. */
export const SECRET_FD = 3;

/** A program path at which nothing is: pppd then runs nothing (pppd: main.c, run_program). */
const NO_SCRIPT = "/nonexistent";
/** What a member may have in its socket that has not been sent: more is only delay, and PPP does not see who has room. */
const UNSENT_BYTES = 2_048;
/** socat's words for TCP_NOTSENT_LOWAT and SO_MAX_PACING_RATE (tcp(7), socket(7); asm-generic/socket.h). */
const UNSENT_OPTION = `setsockopt-int=6:25:${UNSENT_BYTES}`;
const pacingOption = (pace: number | null): string => (pace === null ? "" : `,setsockopt-int=1:47:${pace}`);
const ECHO_SECONDS = 5;

/** pppd's arguments for one member at the gateway. Its secret comes over SECRET_FD. pppd 2.5.1 or later. */
export function gatewayOptions(options: {
  readonly member: number;
  readonly bundle: string;
  readonly speed: MemberSpeed;
}): readonly string[] {
  const { member, bundle, speed } = options;
  const there = `TCP:${concentratorAddressOf(member)}:${DATA_PORT},bind=${gatewayAddressOf(member)},connect-timeout=10`;
  // The other end has said that it is about to listen.
  const patience = "retry=40,interval=0.25";
  return [
    // pppd gives this to a shell: it is made of numbers and words of ours only. socat, as pppd's own `socket` sets no options.
    ...["pty", `exec socat -b ${SEGMENT_BYTES} - ${there},${patience},nodelay,${UNSENT_OPTION}`],
    ...common(bundle, speed, "02"),
    "noauth",
    "noipdefault",
    "ipcp-accept-local",
    "ipcp-accept-remote",
    `${GATEWAY_ADDRESS}:${CONCENTRATOR_ADDRESS}`,
    // Nothing but CHAP (RFC 1994) is good enough for our secret.
    ...["refuse-pap", "refuse-eap", "refuse-mschap", "refuse-mschap-v2"],
    ...["user", "gateway"],
    ...["remotename", "concentrator"],
    "hide-password",
    ...["plugin", "passwordfd.so"],
    ...["passwordfd", String(SECRET_FD)],
  ];
}

/** The same at the concentrator, which waits 15 s for the member's connection; `secrets` is a file as /etc/ppp/chap-secrets. */
export function concentratorOptions(options: {
  readonly member: number;
  readonly bundle: string;
  readonly speed: MemberSpeed;
  readonly secrets: string;
}): readonly string[] {
  const { member, bundle, speed, secrets } = options;
  const here = `TCP-LISTEN:${DATA_PORT},bind=${concentratorAddressOf(member)},range=${gatewayAddressOf(member)}/32`;
  const only = "accept-timeout=15,reuseaddr";
  return [
    ...["pty", `exec socat -b ${SEGMENT_BYTES} - ${here},${only},nodelay,${UNSENT_OPTION}${pacingOption(speed.pace)}`],
    ...common(bundle, speed, "01"),
    ...["name", "concentrator"],
    "require-chap",
    ...["chap-secrets", secrets],
    `${CONCENTRATOR_ADDRESS}:${GATEWAY_ADDRESS}`,
    "noproxyarp",
  ];
}

/** `endpoint` tells the ends from each other, as pppd keeps one book of bundles for all of a computer. */
function common(bundle: string, { speed }: MemberSpeed, endpoint: string): readonly string[] {
  return [
    String(speed),
    "nodetach",
    ...["logfd", "2"],
    "nolock",
    "local",
    "nopersist",
    ...["maxfail", "1"],
    "multilink",
    "mpshortseq",
    ...["mrru", String(BUNDLE_MTU)],
    ...["mtu", String(BUNDLE_MTU)],
    ...["mru", "1500"],
    ...["endpoint", `local:${endpoint}.${bundle.match(/../g)?.join(".")}`],
    ...["bundle", bundle],
    ...["ifname", BUNDLE_INTERFACE],
    "nodefaultroute",
    ...["ip-pre-up-script", NO_SCRIPT],
    ...["ip-up-script", NO_SCRIPT],
    ...["ip-down-script", NO_SCRIPT],
    "noipv6",
    "noccp",
    "novj",
    // Nothing on the way needs control characters kept from it.
    ...["asyncmap", "0"],
    ...["lcp-restart", "1"],
    ...["lcp-max-configure", "15"],
    ...["lcp-max-terminate", "1"],
    ...["ipcp-restart", "1"],
    // Whether its other end lives.
    ...["lcp-echo-interval", String(ECHO_SECONDS)],
    ...["lcp-echo-failure", "4"],
  ];
}
