/** One of Debian's architectures that we make a package for, and how others call it. */
export interface Architecture {
  /** As npm's `--cpu` and node's process.arch have it. */
  readonly cpu: string;
  /** Endings of the prebuilt modules of @serialport/bindings-cpp that this architecture can load. */
  readonly prebuild: string;
  /** `e_machine` of the ELF header (System V ABI, figure 4-1 and the processor supplements). */
  readonly elfMachine: number;
}

/** By Debian's name. Its armhf is ARMv7 (the Debian wiki's page on ArmHardFloatPort), so a Pi Zero or Pi 1 is none. */
export const ARCHITECTURES = {
  amd64: { cpu: "x64", prebuild: "linux-x64/@serialport+bindings-cpp.glibc.node", elfMachine: 62 },
  arm64: { cpu: "arm64", prebuild: "linux-arm64/@serialport+bindings-cpp.armv8.glibc.node", elfMachine: 183 },
  armhf: { cpu: "arm", prebuild: "linux-arm/@serialport+bindings-cpp.armv7.glibc.node", elfMachine: 40 },
} as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof ARCHITECTURES;

export function isArchitecture(name: string): name is ArchitectureName {
  return Object.hasOwn(ARCHITECTURES, name);
}
