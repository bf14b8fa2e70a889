import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verdictIn } from "../../bus/guest/accelerator.ts";
import { cacheFolder, withCacheLock } from "../../bus/guest/cache.ts";
import { imageName } from "../../bus/guest/image.ts";
import { installLine, missingPackages } from "../../bus/guest/programs.ts";
import { projectRoot } from "../../bus/guest/project-root.ts";
import { qemuArguments } from "../../bus/guest/qemu.ts";

describe("what the host must have", () => {
  test("with nothing in reach everything is named, and what a user needs beyond root", () => {
    const none = "/nonesuch";
    expect(missingPackages(true, none)).toEqual(
      expect.arrayContaining(["qemu-system-x86", "mmdebstrap", "squashfs-tools-ng"]),
    );
    expect(missingPackages(false, none)).toEqual(expect.arrayContaining(["mmdebstrap", "uidmap"]));
  });

  test("what is missing becomes one line to copy", () => {
    expect(installLine(["mmdebstrap", "uidmap"])).toBe(
      "sudo apt-get update && sudo apt-get install --no-install-recommends -y mmdebstrap uidmap",
    );
  });
});

describe("the cache", () => {
  test.each([
    [{ WANHERD_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
    [{ XDG_CACHE_HOME: "/b" }, "/b/wanherd"],
    [{ WANHERD_CACHE: "", XDG_CACHE_HOME: "" }, join(process.env.HOME ?? "/root", ".cache/wanherd")],
  ])("%j keeps it in %s", (environment, folder) => {
    expect(cacheFolder(environment)).toBe(folder);
  });

  test("an image's name changes with every package and script", () => {
    const names = [imageName(["a"], ["x"]), imageName(["a", "b"], ["x"]), imageName(["a"], ["y"])];
    expect(new Set(names).size).toBe(3);
    expect(imageName(["a"], ["x"])).toBe(names[0]);
  });

  test.each([
    [{ bootId: "now", accelerator: "kvm" }, "kvm"],
    [{ bootId: "now", accelerator: "tcg" }, "tcg"],
    [{ bootId: "before", accelerator: "kvm" }, undefined],
    [{ bootId: "now", accelerator: "hax" }, undefined],
    [null, undefined],
    ["kvm", undefined],
  ])("the verdict %j on the accelerator reads as %s", (kept, verdict) => {
    expect(verdictIn(kept, "now")).toBe(verdict);
  });

  describe("its lock", () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "wanherd-unit-"));
      vi.stubEnv("WANHERD_CACHE", folder);
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    });

    test("lets one builder in at a time, and the next one also after a failure", async () => {
      const order: string[] = [];
      const build = (name: string) =>
        withCacheLock("image", async () => {
          order.push(`${name} in`);
          await new Promise((resolve) => setTimeout(resolve, 30));
          order.push(`${name} out`);
          if (name === "a") throw new Error("disk full");
        });
      const outcomes = await Promise.allSettled([build("a"), build("b")]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      // Who comes first is open; that nobody comes between is not.
      expect(order[1]).toBe(order[0]?.replace("in", "out"));
      expect(order[3]).toBe(order[2]?.replace("in", "out"));
    });
  });
});

describe("QEMU's arguments", () => {
  const machine = {
    image: { kernel: "/c/kernel", initramfs: "/c/initramfs", squashfs: "/c/a,b.squashfs" },
    accelerator: "tcg",
    init: "shell",
    memoryMiB: 512,
    project: projectRoot(),
    socket: "/tmp/s",
    disk: null,
  } as const;

  test("no network card, ever; commas in paths are doubled as QEMU wants them", () => {
    const words = qemuArguments(machine);
    expect(words.join(" ")).not.toMatch(/-nic|-netdev|virtio-net|e1000/);
    expect(words).toContain("-nodefaults");
    expect(words).toContain("if=virtio,format=raw,readonly=on,file=/c/a,,b.squashfs");
  });

  test("accelerator and first process are as asked", () => {
    expect(qemuArguments(machine).join(" ")).toMatch(/-accel tcg,thread=multi -cpu max .*wanherd.init=\S+\/init\.sh/);
    const other = qemuArguments({ ...machine, accelerator: "kvm", init: "systemd" }).join(" ");
    expect(other).toMatch(/-accel kvm -cpu host .*wanherd.init=\S+\/systemd-init\.sh/);
  });
});
