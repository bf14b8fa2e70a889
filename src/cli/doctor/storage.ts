import type { Finding, Probe } from "./types.ts";

/** What the journal writes in days, and decisions in years. */
const LEAST_BYTES = 20_000_000;
const LOSS = "what the agent has decided and recorded is lost when it ends";

/** Whether the folder of the journal and the decisions can be written to. */
export async function checkStorage(probe: Probe): Promise<Finding[]> {
  const { directory, isReadOnly, freeBytes, freeFiles } = await probe.storage();
  if (isReadOnly)
    return [
      {
        level: "warn",
        text: `the disk of ${directory} is read-only: ${LOSS}`,
        mend: `\`findmnt -T ${directory}\` names it, mount -o remount,rw mends it; if it became so by itself, the card is failing (\`dmesg\`). Meant to be so: another journal.directory`,
      },
    ];
  if (freeFiles === 0 || (freeBytes !== null && freeBytes < LEAST_BYTES)) {
    const left = freeFiles === 0 ? "has no room for another file" : `has ${Math.floor((freeBytes ?? 0) / 1e6)} MB left`;
    return [
      {
        level: "warn",
        text: `the disk of ${directory} ${left}: ${LOSS}`,
        mend: "apt clean && journalctl --vacuum-size=50M; `du -xh / | sort -h | tail` shows what else is large",
      },
    ];
  }
  return [{ level: "ok", text: `the disk of ${directory} can be written to` }];
}
