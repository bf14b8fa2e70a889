/** Compares port paths as a person counts: 1-1.2 before 1-1.10, a hub before what is plugged into it. */
export function comparePorts(a: string, b: string): number {
  const left = a.split(/[-.]/).map(Number);
  const right = b.split(/[-.]/).map(Number);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
