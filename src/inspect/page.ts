import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** The page as it goes over the wire. */
export interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  /** Its Content-Security-Policy: its own script and style by their hashes, requests to where it came from, and nothing else. */
  readonly policy: string;
}

/**
 * The page from its parts as the build leaves them in `folder`, as one document: a single answer is all that a phone waits for.
 * @throws when they are not there.
 */
export async function loadPage(folder: string): Promise<Page> {
  const [outline, script, style] = await Promise.all(
    ["page.html", "page.js", "page.css"].map(async (name) => (await readFile(join(folder, name), "utf8")).trim()),
  );
  if (outline === undefined || script === undefined || style === undefined) throw new Error("unreachable: three files");
  const html = outline
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text becomes markup, whoever writes the code.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return { html: Buffer.from(html), gzipped: await promisify(gzip)(html, { level: 9 }), policy };
}

/** CSP Level 3, 2.3.1. */
function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
