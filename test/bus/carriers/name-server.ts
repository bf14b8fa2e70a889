import { type ChildProcess, spawn } from "node:child_process";
import { carrierNames } from "./addresses.ts";

/**
 * A carrier's name server: a real dnsmasq in its namespace that answers its own callers only, as an operator's does. Any
 * name below `example.` has the address 192.88.99.ID (by which one knows who answered), `inside.example.` one in the
 * caller's own network; all else is refused.
 */
export class NameServer {
  readonly address: string;
  readonly #process: ChildProcess;

  constructor(id: number) {
    const { namespace, ppp, pppLocal } = carrierNames(id);
    this.address = pppLocal;
    const words = [
      ...["--keep-in-foreground", "--conf-file=/dev/null", `--pid-file=/run/${namespace}-dnsmasq.pid`],
      // The interface comes and goes with the call.
      ...["--bind-dynamic", `--interface=${ppp}`],
      ...["--no-resolv", "--no-hosts", `--address=/example/192.88.99.${id}`, "--address=/inside.example/172.17.2.77"],
      // Names below it have no IPv6 address, which is an answer too.
      "--local=/example/",
    ];
    this.#process = spawn("ip", ["netns", "exec", namespace, "dnsmasq", ...words], { stdio: "ignore" });
  }

  end(): void {
    this.#process.kill("SIGKILL");
  }
}
