import { type PageOptions, servePage } from "./serve-page.ts";

/** Serves the page until SIGINT or SIGTERM; `ready` is told its address. */
export async function runInspect(options: PageOptions, ready: (url: string) => void): Promise<void> {
  const { url, close } = await servePage(options);
  ready(url);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await close();
}
