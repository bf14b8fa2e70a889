import type { AgentClient } from "../inspector/client.ts";
import { AgentNotRunning } from "../inspector/errors.ts";
import { lineText } from "../journal/line-text.ts";
import { olderPages } from "../journal/older-pages.ts";
import type { Section } from "./render-report.ts";

const ENTRIES = 5_000;

/** The newest entries, as lines of JSON: the agent's, or where none runs those that it left on disk. */
export function journalSection(client: AgentClient, directory: string): Section {
  return {
    title: "journal",
    maxBytes: 2 * 1024 * 1024,
    text: async () => {
      try {
        const lines: string[] = [];
        for await (const entry of client.events({ limit: ENTRIES })) lines.push(JSON.stringify(entry));
        return lines.join("\n");
      } catch (error) {
        if (!(error instanceof AgentNotRunning)) throw error;
        return (await onDisk(directory)).join("\n");
      }
    },
  };
}

async function onDisk(directory: string): Promise<readonly string[]> {
  let lines: string[] = [];
  for await (const page of olderPages(directory, { since: 0, before: Number.MAX_SAFE_INTEGER })) {
    lines.push(...page.map(lineText));
    if (lines.length > 2 * ENTRIES) lines = lines.slice(-ENTRIES);
  }
  return lines.slice(-ENTRIES);
}
