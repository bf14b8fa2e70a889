import { access, constants } from "node:fs/promises";
import { join } from "node:path";

/** Debian's place first; a service's PATH may lack the folders for root. */
const FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];

/** Where the program usb_modeswitch is, or null when it is not installed. */
export async function findProgram(folders: readonly string[] = FOLDERS): Promise<string | null> {
  for (const folder of folders) {
    const program = join(folder, "usb_modeswitch");
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return null;
}
