import type { PortPath } from "../hotplug/types.ts";
import { echoFileOf } from "./echo-file.ts";
import { knowsEchoFile, knowsPreUpScript, type PppdVersion } from "./pppd-version.ts";

/** Descriptors that pppd gets beside the standard three; the connector inherits 3 and 4 (pppd: main.c, safe_fork). */
export const READY_FD = 3;
export const GO_FD = 4;
export const PASSWORD_FD = 5;

/**
 * Run by pppd through sh when the tty is set up. It says so and waits for our word; the dialling is done by the
 * agent meanwhile. When the agent gives up or dies, the pipe ends, read fails, and so does pppd (exit status 8).
 */
export const CONNECTOR = `echo ready >&${READY_FD}; read -r go <&${GO_FD}`;

/** What tells our pppd processes from others': the value of their `linkname` option. */
export const LINK_MARK = "wanherd-";

/** A program path at which nothing is: pppd then runs nothing (pppd: main.c, run_program). */
const NO_SCRIPT = "/nonexistent";

/** Protocols of authentication not to agree to (pppd(8)). */
const REFUSED = {
  auto: [],
  pap: ["refuse-chap", "refuse-mschap", "refuse-mschap-v2", "refuse-eap"],
  chap: ["refuse-pap", "refuse-eap"],
} as const;

export interface PppdPlan {
  readonly port: PortPath;
  readonly tty: string;
  readonly interface: string;
  readonly username: string;
  readonly ipv6: boolean;
  /** How to prove who we are: as the peer asks, or in one way only. */
  readonly authentication: "auto" | "pap" | "chap";
  /** What the installed pppd is. */
  readonly version: PppdVersion;
}

/**
 * pppd's arguments, valid for 2.4.9 (Debian 12) and 2.5.2 (Debian 13); they override /etc/ppp/options, which pppd always
 * reads (pppd(8), OPTIONS FILES). The password is no argument: it goes through PASSWORD_FD.
 */
export function pppdArguments(plan: PppdPlan): readonly string[] {
  return [
    plan.tty,
    "nodetach",
    ...["logfd", "2"],
    // The tty is ours by its udev rules, and a lock file would outlive a killed pppd.
    "nolock",
    // A USB modem's flow control is the bus's own; sticks that leave CTS low would block every write.
    "nocrtscts",
    // The carrier line is watched: a stick that drops it ends pppd at once.
    "modem",
    ...["connect", CONNECTOR],
    // How long to listen for the peer before speaking; a modem that itself waits for us costs this instead of pppd's default
    // of 1 s. Never to listen would do (as when a dialler starts pppd on a line that is up); a request that comes before
    // the modem's PPP has started is lost, though, and repeated only after a whole second.
    ...["connect-delay", "100"],
    "nopersist",
    ...["maxfail", "1"],
    ...["ifname", plan.interface],
    ...["linkname", `${LINK_MARK}${plan.port}`],
    // Routes and names are the agent's to set, with all links in view.
    "nodefaultroute",
    // The one script that pppd waits for: run-parts on an empty folder took 100 ms of a call in an emulated guest.
    ...(knowsPreUpScript(plan.version) ? ["ip-pre-up-script", NO_SCRIPT] : []),
    ...["ip-up-script", NO_SCRIPT],
    ...["ip-down-script", NO_SCRIPT],
    // The network decides all addresses, and does not prove who it is.
    "noauth",
    "noipdefault",
    "ipcp-accept-local",
    "ipcp-accept-remote",
    "usepeerdns",
    plan.ipv6 ? "+ipv6" : "noipv6",
    // Compression costs the Pi's CPU and gains nothing on today's traffic.
    "noccp",
    "novj",
    ...["asyncmap", "0"],
    // A request that the peer was not yet there to hear is repeated after 1 s, 15 s long, instead of 3 s and 30 s.
    ...["lcp-restart", "1"],
    ...["lcp-max-configure", "15"],
    ...["ipcp-restart", "1"],
    ...["ipcp-max-configure", "15"],
    // Sticks refuse addresses until the network has given them theirs; 10 refusals, the default, can be too few.
    ...["ipcp-max-failure", "30"],
    // A farewell that is not answered within 1 s will not be: on a dead link the redial waits for this.
    ...["lcp-max-terminate", "1"],
    ...echoArguments(plan),
    ...REFUSED[plan.authentication],
    ...["user", plan.username],
    "hide-password",
    ...["plugin", "passwordfd.so"],
    ...["passwordfd", String(PASSWORD_FD)],
  ];
}

/**
 * LCP's echo (RFC 1661, 5.8) is answered by the modem and costs nothing on the air. pppd's own use of it hangs up every
 * peer that never answers, which some modems do not; and 2.4.9 adds up echoes that were lost long ago (mended in 2.5.0). So
 * pppd only asks and never hangs up: src/link judges, and takes silence for something only where there were answers before.
 * pppd notes the answers in a file where it can. An older one tells of them only in its log, once `debug` is above 1 (pppd:
 * utils.c, dump_packet). All is said explicitly because Debian's /etc/ppp/options has other values.
 */
function echoArguments({ interface: name, version }: PppdPlan): readonly string[] {
  const answers = knowsEchoFile(version) ? ["lcp-rtt-file", echoFileOf(name)] : ["debug", "debug"];
  // The adaptive form is quiet while data comes in.
  return ["lcp-echo-interval", "1", "lcp-echo-failure", "0", "lcp-echo-adaptive", ...answers];
}
