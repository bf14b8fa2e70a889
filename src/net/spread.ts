/** Size limit of the pick map: keeps a table small to send, and a share exact to 0.4 %. */
export const MAX_MAP = 256;

/**
 * Which link gets the 1st, 2nd, … of each W connections: a cyclic sequence of indexes into `weights`, in which
 * index i stands exactly as often as its reduced weight. Empty when no weight is positive.
 *
 * Earliest deadline first among those that are behind their exact share. So after any number of connections
 * every link is within one connection of its share, in both directions (R. Tijdeman, "The chairman assignment
 * problem", 1980); nginx's smooth weighted round robin, which it resembles, promises that in one direction only.
 */
export function spread(weights: readonly number[]): number[] {
  const shares = reduceWeights(weights);
  const total = sum(shares);
  const given = shares.map(() => 0);
  const sequence: number[] = [];
  for (let turn = 1; turn <= total; turn++) {
    let next = -1;
    let nextDeadline = Number.POSITIVE_INFINITY;
    shares.forEach((share, index) => {
      const had = given[index] ?? 0;
      if (turn * share <= had * total) return;
      const deadline = (had + 1) / share;
      if (deadline < nextDeadline) [next, nextDeadline] = [index, deadline];
    });
    given[next] = (given[next] ?? 0) + 1;
    sequence.push(next);
  }
  return sequence;
}

/**
 * The smallest whole numbers in the same proportion; when their sum is above MAX_MAP, the nearest ones (largest
 * remainder) whose sum is MAX_MAP and where each positive weight keeps at least 1. Needs fewer than MAX_MAP weights.
 */
export function reduceWeights(weights: readonly number[]): number[] {
  const reduced = divideByGcd(weights);
  return sum(reduced) <= MAX_MAP ? reduced : divideByGcd(apportion(reduced));
}

function apportion(weights: readonly number[]): number[] {
  const shares = weights.map(() => 0);
  // Who would get less than one seat gets one, and the others share what is left; that can make another one small.
  let open = weights.flatMap((weight, index) => (weight > 0 ? [{ weight, index }] : []));
  let seats = MAX_MAP;
  for (;;) {
    const total = sum(open.map((entry) => entry.weight));
    const small = open.filter((entry) => entry.weight * seats < total);
    if (small.length === 0) break;
    for (const { index } of small) shares[index] = 1;
    open = open.filter((entry) => !small.includes(entry));
    seats -= small.length;
  }
  const total = sum(open.map((entry) => entry.weight));
  for (const { weight, index } of open) shares[index] = Math.floor((weight * seats) / total);
  const byRemainder = [...open].sort((a, b) => ((b.weight * seats) % total) - ((a.weight * seats) % total));
  for (const { index } of byRemainder.slice(0, MAX_MAP - sum(shares))) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}

function divideByGcd(weights: readonly number[]): number[] {
  const divisor = weights.reduce(gcd, 0);
  return divisor === 0 ? [...weights] : weights.map((weight) => weight / divisor);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
