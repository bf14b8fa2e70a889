import type { Tty } from "../src/hotplug/types.ts";

/** The ttys after an event: one appeared (in place of an older one of its interface), one vanished, or nothing of the kind. */
export function ttysAfter(
  ttys: readonly Tty[],
  event: { type: string; tty?: Tty; interface?: number },
): readonly Tty[] {
  const { tty } = event;
  if (event.type === "tty.appeared" && tty) return [...ttys.filter((one) => one.interface !== tty.interface), tty];
  if (event.type === "tty.vanished") return ttys.filter((one) => one.interface !== event.interface);
  return ttys;
}
