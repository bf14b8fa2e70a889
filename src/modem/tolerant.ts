import { FailureError } from "../../machines/failure.ts";
import type { AtChannel, CommandOptions } from "../at/at-channel.ts";
import type { AtResponse } from "../at/types.ts";

/** The lines of an answer that ended in OK; null when the modem refused the command, which is not worth failing for. */
export async function linesOf(
  channel: AtChannel,
  command: string,
  options: CommandOptions = {},
): Promise<readonly string[] | null> {
  const response = await channel.command(command, options);
  return response.final.kind === "OK" ? response.lines : null;
}

/** Like `command`, but a port that stays silent on it is null as well: for commands some modems swallow. */
export async function tryCommand(
  channel: AtChannel,
  command: string,
  options: CommandOptions = {},
): Promise<AtResponse | null> {
  try {
    return await channel.command(command, options);
  } catch (error) {
    if (channel.usable && error instanceof FailureError && error.failure.kind === "PortSilent") return null;
    throw error;
  }
}

/**
 * Says AT until the modem answers, at most `times`: one that has just started up swallows the first.
 * Rejects: PortSilent, PortGarbled, DeviceGone.
 */
export async function greet(channel: AtChannel, times: number, signal: AbortSignal): Promise<void> {
  for (let left = times; ; left -= 1) {
    try {
      await channel.command("AT", { timeoutMs: 1_500, signal });
      return;
    } catch (error) {
      if (left <= 1 || !channel.usable || signal.aborted) throw error;
    }
  }
}
