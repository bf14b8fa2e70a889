import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { OUTPUT_LIMIT, programEnvironment, programResult } from "../process/program-result.ts";
import { GLOBAL_SOCKET, type HostapdFiles } from "./hostapd-files.ts";

/** hostapd's control interface: one request, one answer. All reject with FailureError ProgramMissing or SystemRefused. */
export interface HostapdControl {
  /** Whether it answers. */
  ping(): Promise<boolean>;
  /** Whether it has taken the radio; how far that gets, its log tells. */
  add(phy: string, configFile: string): Promise<boolean>;
  /** False: it has none of this name. */
  remove(interfaceName: string): Promise<boolean>;
  /** Has it write its log to a new file of the old name. */
  reopenLog(): Promise<boolean>;
  /** All stations of a radio, as `parseStations` reads them. */
  stations(interfaceName: string): Promise<string>;
}

/** hostapd answers at once, or hangs; to take a radio in takes it as long as the driver, and hostapd_cli waits no longer than 10 s. */
const TIMEOUT_MS = 4_000;
const ADD_TIMEOUT_MS = 11_000;
const WORD = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

/**
 * By hostapd_cli, one process a request: the control interface is a datagram socket, which Node cannot open, and hostapd tells
 * its events in its log too. To hostapd_cli, its own socket is a radio's. No word of it comes from outside, and none can hold a space.
 */
export function createControl(files: HostapdFiles, program = "hostapd_cli"): HostapdControl {
  async function run(args: readonly string[], timeout = TIMEOUT_MS): Promise<string> {
    const end = await execa(program, ["-s", files.folder, ...args], {
      stdin: "ignore",
      reject: false,
      extendEnv: false,
      env: programEnvironment(),
      maxBuffer: OUTPUT_LIMIT,
      timeout,
      killSignal: "SIGKILL",
    });
    return programResult(program, end).stdout;
  }

  async function request(words: readonly string[], timeout?: number): Promise<boolean> {
    const answer = (await run(["-p", files.folder, "-i", GLOBAL_SOCKET, "raw", ...words], timeout)).trim();
    return answer === "OK" || answer === "PONG";
  }

  return {
    ping: () => request(["PING"]),
    add: (phy, configFile) => request(["ADD", `bss_config=${checked(phy)}:${configFile}`], ADD_TIMEOUT_MS),
    remove: (interfaceName) => request(["REMOVE", checked(interfaceName)]),
    reopenLog: () => request(["RELOG"]),
    stations: (interfaceName) => run(["-p", files.radios, "-i", checked(interfaceName), "all_sta"]),
  };
}

function checked(word: string): string {
  if (!WORD.test(word)) throw new FailureError("Internal", `no word for hostapd: ${printable(word, 40)}`);
  return word;
}
