import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { parse } from "yaml";

/** Where what was there before is kept. */
export const KEPT = ".before-init";

/** Whether there is a config that says something: one of comments only, as the package brings it, may be replaced. */
export async function saysSomething(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  try {
    return (parse(text) ?? null) !== null;
  } catch {
    return true;
  }
}

/** Writes the config for root's eyes only, whole or not at all; what was there goes to FILE.before-init. Rejects with a system error. */
export async function writeConfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const old = await readFile(file).catch(() => null);
  if (old !== null) await put(`${file}${KEPT}`, old);
  await put(file, Buffer.from(text));
}

async function put(file: string, content: Buffer): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
