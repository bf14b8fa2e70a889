import { spawn } from "node:child_process";
import { once } from "node:events";

/** Waits until udev is through with the devices of the boot, so that no test sees them arrive. Returns at once where no udev runs. */
export async function settleDevices(): Promise<void> {
  const settle = spawn("udevadm", ["settle", "--timeout=60"], { stdio: ["ignore", "inherit", "inherit"] });
  await once(settle, "exit");
}
