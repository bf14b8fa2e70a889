import type { UsbInterface } from "../hotplug/types.ts";

/** `class/subclass/protocol` in hex, a part may be `*`: `ff/01/02`, `02/02/*`. */
export const CLASS_TRIPLE = /^(?:[0-9a-f]{2}|\*)\/(?:[0-9a-f]{2}|\*)\/(?:[0-9a-f]{2}|\*)$/;

/** Whether the interface is what the pattern names. */
export function isOfClass(face: UsbInterface, pattern: string): boolean {
  const parts = pattern.split("/");
  return [face.class, face.subclass, face.protocol].every(
    (value, index) => parts[index] === "*" || parts[index] === hexByte(value),
  );
}

/** The number of the first interface (in order of numbers) that fits one of the patterns, earlier patterns first; null: none. */
export function interfaceOfClass(faces: readonly UsbInterface[], patterns: readonly string[]): number | null {
  const inOrder = faces.toSorted((a, b) => a.number - b.number);
  for (const pattern of patterns) {
    const found = inOrder.find((face) => isOfClass(face, pattern));
    if (found) return found.number;
  }
  return null;
}

/** `08/06/50` */
export function classOf(face: UsbInterface): string {
  return [face.class, face.subclass, face.protocol].map(hexByte).join("/");
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
