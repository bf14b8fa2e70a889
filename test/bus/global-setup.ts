import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bootWithClient } from "./guest/boot.ts";
import { projectRoot } from "./guest/project-root.ts";
import { serveGuest } from "./guest/serve.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The unix socket on which the run's shared guest is served. */
    guestSocket: string;
  }
}

/**
 * Boots the one guest of a run of the scenarios and serves it to the test workers; `connectGuest()` joins it there.
 * Its console is kept in test-artefacts/, to look at after a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const artefacts = join(projectRoot(), "test-artefacts");
  await mkdir(artefacts, { recursive: true });
  const { guest, client } = await bootWithClient({
    consoleLog: join(artefacts, "guest-console.log"),
    log: (line) => console.error(line),
  });
  // Not in the project's folder: the path of a unix socket may be no longer than 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), "wanherd-bus-"));
  const socket = join(folder, "guest.sock");
  const stopServing = await serveGuest(client, socket);
  project.provide("guestSocket", socket);
  return async () => {
    await stopServing();
    await guest.close();
    await rm(folder, { recursive: true, force: true });
  };
}
