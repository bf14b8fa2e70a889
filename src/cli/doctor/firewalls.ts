import { blockText, mendForBlock } from "../../firewall/forward-blocks.ts";
import type { Finding, Probe } from "./types.ts";

/** Other firewalls that the LAN's packets do not get through. */
export async function checkFirewalls(probe: Probe): Promise<Finding[]> {
  const { lan, blocks } = await probe.forwardBlocks();
  if (blocks.length === 0)
    return [{ level: "ok", text: `no other firewall is known to drop what ${lan}'s clients send` }];
  return blocks.map((block) => ({ level: "fail", text: blockText(block, lan), mend: mendForBlock(block, lan) }));
}
