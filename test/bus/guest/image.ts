import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder, withCacheLock } from "./cache.ts";
import { GUEST_PACKAGES, RELEASE } from "./packages.ts";
import { projectRoot } from "./project-root.ts";

/** The files that QEMU boots from. */
export interface Image {
  readonly kernel: string;
  readonly initramfs: string;
  readonly squashfs: string;
}

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Raised when the recipe in this file changes in a way that the other inputs of the hash do not show. */
const RECIPE = 1;

/** In the name of a folder that is being filled. */
const UNFINISHED = ".building-";

/** The image's name in the cache: another one as soon as anything that goes into it is another. */
export function imageName(packages: readonly string[], scripts: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([RECIPE, RELEASE, packages, scripts]));
  return `guest-${hash.digest("hex").slice(0, 16)}`;
}

/**
 * The guest's system, from the cache or made now (a minute or two, about 250 MB; 650 MB while it is being made).
 * Needs no root: then mmdebstrap works in a user namespace.
 * @param packages what is installed in it (packages.ts).
 * @throws with the last lines of what mmdebstrap or tar2sqfs said.
 */
export async function buildImage(
  log: (line: string) => void = () => {},
  packages: readonly string[] = GUEST_PACKAGES,
): Promise<Image> {
  const scriptFiles = ["build-initramfs.sh", "initramfs-init.sh"].map((name) =>
    join(projectRoot(), "test/bus/guest", name),
  );
  const scripts = await Promise.all(scriptFiles.map((file) => readFile(file, "utf8")));
  const folder = join(cacheFolder(), imageName(packages, scripts));
  if (!existsSync(folder)) {
    await withCacheLock("image", async () => {
      if (existsSync(folder)) return;
      log("making the guest's system: once, a minute or two");
      await removeUnfinished();
      await makeFolder(folder, scriptFiles, packages);
    });
  }
  return imageIn(folder);
}

function imageIn(folder: string): Image {
  return {
    kernel: join(folder, "kernel"),
    initramfs: join(folder, "initramfs"),
    squashfs: join(folder, "root.squashfs"),
  };
}

/** What a killed maker left behind: nobody else makes one while we hold the lock. */
async function removeUnfinished(): Promise<void> {
  const unfinished = (await readdir(cacheFolder())).filter((name) => name.includes(UNFINISHED));
  await Promise.all(unfinished.map((name) => rm(join(cacheFolder(), name), { recursive: true, force: true })));
}

/** Makes everything under a name of its own and renames it when complete, so that no half image is ever found. */
async function makeFolder(folder: string, scriptFiles: readonly string[], packages: readonly string[]): Promise<void> {
  const building = await mkdtemp(`${folder}${UNFINISHED}`);
  try {
    const image = imageIn(building);
    const tar = join(building, "root.tar");
    await execa("mmdebstrap", mmdebstrapArguments(image, tar, scriptFiles, packages), { stdin: "ignore" });
    await packSquashfs(tar, image.squashfs);
    await rm(tar);
    await rename(building, folder);
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause);
    throw new Error(`the guest's system could not be made:\n${lastLines(stderr, 15)}`, { cause });
  }
}

function mmdebstrapArguments(
  image: Image,
  tar: string,
  [build, init]: readonly string[],
  packages: readonly string[],
): string[] {
  return [
    "--quiet",
    "--variant=minbase",
    // Named, as apt's own folder of trusted keys is not filled on every release of Debian.
    `--keyring=${KEYRING}`,
    `--include=${packages.join(",")}`,
    ...["doc", "man", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    // mmdebstrap's own words; file names are split as a shell would, hence the quotes.
    `--customize-hook=upload ${quoted(build)} /build-initramfs`,
    `--customize-hook=upload ${quoted(init)} /initramfs-init`,
    '--customize-hook=chroot "$1" sh /build-initramfs',
    `--customize-hook=download /boot/guest-kernel ${quoted(image.kernel)}`,
    `--customize-hook=download /boot/guest-initramfs ${quoted(image.initramfs)}`,
    RELEASE,
    tar,
  ];
}

/** lz4, as it is an emulated processor that unpacks. */
async function packSquashfs(tar: string, squashfs: string): Promise<void> {
  await execa("tar2sqfs", ["--quiet", "--compressor", "lz4", squashfs], { inputFile: tar });
}

function quoted(word = ""): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
