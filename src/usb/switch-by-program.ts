import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import type { UsbDevice } from "../hotplug/types.ts";
import type { ProgramStep } from "../rules/types.ts";

export interface ProgramRun {
  readonly device: UsbDevice;
  readonly step: ProgramStep;
  /** Longest run, in ms. Default 9 s: a little less than the port machine allows one attempt. */
  readonly timeoutMs?: number;
}

/** It tells in some lines what it does; more than this is not kept. */
const MOST_OUTPUT = 64 * 1024;

/**
 * Lets the program usb_modeswitch (usb_modeswitch(1), 2.6) switch a device: `-b` and `-g` name this one of several
 * equal ones, the database entry goes in by `-t`, standard input.
 *
 * Resolves when it has done what it can: whether the device switched shows in what comes back, and the program's own
 * exit code is 0 for most of its failures. Rejects with SwitchUnsupported when the
 * program is not there, with SwitchRefused when it says that it failed or takes too long. Ends it when `signal` is
 * aborted; then this rejects once it has ended.
 */
export async function switchByProgram(run: ProgramRun, signal: AbortSignal): Promise<void> {
  const { device, step, timeoutMs = 9_000 } = run;
  const { port, address, vendorId, productId } = device;
  const bus = port.slice(0, port.indexOf("-"));
  const result = await execa(
    step.program,
    ["-v", hex4(vendorId), "-p", hex4(productId), "-b", bus, "-g", String(address), "-t"],
    {
      input: entryText(step.entry),
      all: true,
      reject: false,
      timeout: timeoutMs,
      // It gives the interface back at SIGTERM; in the middle of a transfer it may not come to that.
      forceKillAfterDelay: 500,
      maxBuffer: MOST_OUTPUT,
      cancelSignal: signal,
      env: { LC_ALL: "C" },
    },
  );
  signal.throwIfAborted();
  if (result.code === "ENOENT" || result.code === "EACCES") {
    throw new FailureError(
      "SwitchUnsupported",
      `the stick in port ${port} needs ${step.setting}, which the program usb_modeswitch does, but ${step.program} is not there (Debian: usb-modeswitch)`,
    );
  }
  const complaint = result.timedOut ? `no end after ${timeoutMs} ms` : complaintIn(result.all ?? "");
  if (complaint !== null || result.failed) {
    throw new FailureError(
      "SwitchRefused",
      `usb_modeswitch could not switch the stick in port ${port} by ${step.setting}: ${complaint ?? result.shortMessage}`,
      { tried: "usb_modeswitch" },
    );
  }
}

/** As seen with 2.6.1. */
const COMPLAINT = /^\s*Error\b|No devices in default mode|\bAbort\b|did not complete/;

/** The first line of its output that tells of a failure. */
function complaintIn(output: string): string | null {
  const line = output.split("\n").find((text) => COMPLAINT.test(text));
  return line === undefined ? null : printable(line.trim(), 200);
}

/** What usb_modeswitch reads: one `Name="value"` a line. A value with a quote in it is none that we ever read. */
function entryText(entry: Readonly<Record<string, string>>): string {
  return Object.entries(entry)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
