import { open } from "node:fs/promises";

/** Writes a new file that only its owner may read. Rejects with the file system's error, also when there is one already. */
export async function saveReport(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}
