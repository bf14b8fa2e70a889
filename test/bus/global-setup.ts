import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bootWithClient } from "./guest/boot.ts";
import { projectRoot } from "./guest/project-root.ts";
import { serveGuest } from "./guest/serve.ts";
import { GUESTS } from "./guest-count.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The unix sockets on which the run's guests are served, one for each worker. */
    guestSockets: readonly string[];
  }
}

/**
 * Boots the guests of a run of the scenarios and serves them to the test workers; `connectGuest()` joins one there.
 * Their consoles are kept in test-artefacts/, to look at after a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const artefacts = join(projectRoot(), "test-artefacts");
  await mkdir(artefacts, { recursive: true });
  // Not in the project's folder: the path of a unix socket may be no longer than 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), "wanherd-bus-"));
  const bootOne = async (number: number) => {
    const { guest, client } = await bootWithClient({
      consoleLog: join(artefacts, `guest-${number}-console.log`),
      log: (line) => console.error(line),
    });
    const socket = join(folder, `guest-${number}.sock`);
    const stopServing = await serveGuest(client, socket);
    return {
      socket,
      close: async () => {
        await stopServing();
        await guest.close();
      },
    };
  };
  // The first one alone: it may have to make the image.
  const first = await bootOne(1);
  const guests = [first, ...(await Promise.all(Array.from({ length: GUESTS - 1 }, (_, index) => bootOne(index + 2))))];
  project.provide(
    "guestSockets",
    guests.map(({ socket }) => socket),
  );
  return async () => {
    await Promise.all(guests.map((guest) => guest.close()));
    await rm(folder, { recursive: true, force: true });
  };
}
