import { AtChannel } from "../../../src/at/at-channel.ts";
import { FakeLine } from "./fake-line.ts";
import type { Heard } from "./parsers.ts";

/**
 * Plays a modem's bytes to a real channel, as the answer to `command`, or by themselves where that is null. What was
 * unsolicited comes apart, as it does for the agent.
 */
export async function hear(
  command: string | null,
  says: string,
): Promise<Heard & { readonly unsolicited: readonly string[] }> {
  const line = new FakeLine();
  const channel = await AtChannel.open("/dev/modem", { openLine: async () => line });
  const unsolicited: string[] = [];
  channel.onUnsolicited((text) => unsolicited.push(text));
  try {
    if (command === null) {
      line.say(says);
      await new Promise(setImmediate);
      return { command: "", lines: unsolicited, final: { kind: "OK" }, unsolicited };
    }
    line.onCommand = () => line.say(says);
    const { lines, final } = await channel.command(command, { dialling: command.startsWith("ATD") });
    return { command, lines, final, unsolicited };
  } finally {
    await channel.close();
  }
}
