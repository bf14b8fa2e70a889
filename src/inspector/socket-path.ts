import { chmod, chown, lstat, mkdir, readFile, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { FailureError } from "../../machines/failure.ts";

/** Where the control socket is unless told otherwise. */
export const DEFAULT_SOCKET = "/run/wanherd/agent.sock";

/**
 * Makes the path free for a new control socket: the folder exists, and a socket that a killed agent left behind is
 * removed. Rejects SystemRefused when an agent answers there, or when something else is in the way.
 */
export async function claimSocketPath(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (found === null) return;
    if (!found.isSocket()) {
      throw new FailureError("SystemRefused", `${path} is in the way: it is not a socket`, { tried: `bind ${path}` });
    }
    if (await answers(path)) {
      throw new FailureError("SystemRefused", `another agent is running: it answers at ${path}`, {
        tried: `bind ${path}`,
      });
    }
    await unlink(path);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw new FailureError("SystemRefused", `the control socket ${path} cannot be made: ${(error as Error).message}`, {
      tried: `bind ${path}`,
      cause: error,
    });
  }
}

/**
 * Opens the bound socket to the group, if there is such a group. Until then only root could connect: bind gives a
 * socket the umask's permissions, and connecting takes the right to write (unix(7)).
 */
export async function shareSocket(path: string, group: string): Promise<void> {
  const gid = await groupId(group);
  if (gid !== null) await chown(path, -1, gid);
  await chmod(path, 0o660);
}

/** The group's number in /etc/group (group(5)), or null. */
async function groupId(group: string): Promise<number | null> {
  const text = await readFile("/etc/group", "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const [name, , gid] = line.split(":");
    if (name === group && gid !== undefined && /^[0-9]{1,10}$/.test(gid)) return Number(gid);
  }
  return null;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}
