import { type ChildProcess, spawn } from "node:child_process";
import { carrierNames } from "./addresses.ts";

/** What announces a carrier's IPv6 network to its caller, as a mobile network does: a real dnsmasq in its namespace. */
export class Advertiser {
  readonly #process: ChildProcess;

  constructor(id: number) {
    const { namespace, ppp } = carrierNames(id);
    const words = [
      ...["--keep-in-foreground", "--conf-file=/dev/null", `--pid-file=/run/${namespace}-advertiser.pid`, "--port=0"],
      // The interface comes and goes with the call.
      ...["--bind-dynamic", `--interface=${ppp}`],
      ...["--enable-ra", `--dhcp-range=::,constructor:${ppp},ra-only`],
    ];
    this.#process = spawn("ip", ["netns", "exec", namespace, "dnsmasq", ...words], { stdio: "ignore" });
  }

  end(): void {
    this.#process.kill("SIGKILL");
  }
}
