import { realpathSync } from "node:fs";
import { join } from "node:path";
import { PORT_NAME } from "../protocol.ts";
import type { Image } from "./image.ts";

export type Accelerator = "kvm" | "tcg";

/**
 * What runs as the guest's process 1: our own few lines, which boot fast, or the real systemd; by `devices first` only once
 * the host has plugged in what is to be there when the machine boots (devices-first.sh).
 */
export type Init = "shell" | "systemd" | "devices first";

export interface Machine {
  readonly image: Image;
  readonly accelerator: Accelerator;
  readonly init: Init;
  readonly memoryMiB: number;
  /** The folder that the guest sees as /wanherd. */
  readonly project: string;
  /** The unix socket on which the host listens for the control port. */
  readonly socket: string;
  /** A file with the file system that takes what the guest writes; null: that ends with it. */
  readonly disk: string | null;
}

const INIT_PROGRAMS: Record<Init, string> = {
  shell: "/wanherd/test/bus/guest/init.sh",
  systemd: "/wanherd/test/bus/guest/systemd-init.sh",
  "devices first": "/wanherd/test/bus/guest/devices-first.sh",
};

/** QEMU's argument list. No network card: all that the tests send stays in the guest. */
export function qemuArguments(machine: Machine): string[] {
  const modules = outsideModules(machine.project);
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-machine", "q35", "-smp", "2", "-m", `${machine.memoryMiB}M`],
    ...(machine.accelerator === "kvm"
      ? ["-accel", "kvm", "-cpu", "host"]
      : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
    ...["-kernel", machine.image.kernel, "-initrd", machine.image.initramfs],
    ...["-append", kernelArguments(machine, modules !== undefined)],
    ...["-serial", "stdio"],
    ...["-drive", `if=virtio,format=raw,readonly=on,file=${escaped(machine.image.squashfs)}`],
    ...(machine.disk === null ? [] : ["-drive", `if=virtio,format=raw,file=${escaped(machine.disk)}`]),
    ...share("project", machine.project),
    ...(modules === undefined ? [] : share("modules", modules)),
    ...["-device", "virtio-serial-pci", "-chardev", `socket,id=control,path=${escaped(machine.socket)}`],
    ...["-device", `virtserialport,chardev=control,name=${PORT_NAME}`],
    ...["-device", "virtio-rng-pci"],
  ];
}

/** panic=-1 reboots at once, which -no-reboot turns into QEMU's end: a guest that crashes is seen to. */
function kernelArguments(machine: Machine, hasModules: boolean): string {
  const words = ["console=ttyS0", "quiet", "loglevel=4", "panic=-1", "mitigations=off"];
  words.push(`wanherd.init=${INIT_PROGRAMS[machine.init]}`);
  if (hasModules) words.push("wanherd.modules=1");
  return words.join(" ");
}

/** Where node_modules really is, if that is not in the project's folder. */
function outsideModules(project: string): string | undefined {
  const real = realpathSync(join(project, "node_modules"));
  return real === join(realpathSync(project), "node_modules") ? undefined : real;
}

/** multidevs=remap: files of several file systems below one folder keep different inode numbers. */
function share(tag: string, path: string): string[] {
  const options = `local,mount_tag=${tag},path=${escaped(path)},security_model=none,readonly=on,multidevs=remap`;
  return ["-virtfs", options];
}

/** A comma ends an option's value in QEMU's syntax, unless it is doubled. */
function escaped(value: string): string {
  return value.replaceAll(",", ",,");
}
