import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PageOptions, servePage } from "../../../src/inspect/serve-page.ts";

export interface Served {
  readonly port: number;
  close(): Promise<void>;
}

/** The page's real server on a free port of loopback, with next to nothing on its page. */
export async function serveEmptyPage(options: Pick<PageOptions, "socket" | "requestWithinMs">): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), "page-"));
  await mkdir(join(folder, "page"));
  await writeFile(join(folder, "page", "page.html"), '<style></style><script type="module"></script>');
  await writeFile(join(folder, "page", "page.js"), "");
  await writeFile(join(folder, "page", "page.css"), "");
  const listen = { address: "127.0.0.1", port: 0 };
  const page = await servePage({ ...options, folder: join(folder, "page"), listen, token: false });
  return {
    port: Number(new URL(page.url).port),
    async close() {
      await page.close();
      await rm(folder, { recursive: true });
    },
  };
}
