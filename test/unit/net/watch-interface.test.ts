import { expect, test, vi } from "vitest";
import type { InterfaceCondition } from "../../../machines/interface/effects.ts";
import { watchInterface } from "../../../src/net/watch-interface.ts";

/** A watch whose looks the test answers one by one. */
function begin() {
  let changed = (): void => {};
  const open: ((seen: InterfaceCondition | Error) => void)[] = [];
  const [told, notice, left] = [vi.fn(), vi.fn(), vi.fn()];
  const watch = watchInterface(
    {
      name: "eth0",
      lan: () => "172.17.2.1/24",
      notice,
      watch: {
        watchInterface: (_name, listener) => {
          changed = listener;
          return left;
        },
      },
      read: () =>
        new Promise((resolve, reject) => open.push((seen) => (seen instanceof Error ? reject(seen) : resolve(seen)))),
    },
    told,
  );
  const answer = async (seen: InterfaceCondition | Error): Promise<void> => {
    open.shift()?.(seen);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, changed: () => changed(), open, answer, told, notice, left };
}

test("what happens during a look is one more look, however much it is", async () => {
  const { watch, changed, open, answer, told } = begin();
  expect(open).toHaveLength(0);
  changed();
  changed();
  watch.look();
  expect(open).toHaveLength(1);
  await answer({ condition: "down" });
  expect(open).toHaveLength(1);
  await answer({ condition: "unplugged" });
  expect(open).toHaveLength(0);
  expect(told.mock.calls.map(([event]) => event.condition)).toEqual(["down", "unplugged"]);
});

test("a look that fails is told of, and the next one is made", async () => {
  const { changed, answer, told, notice } = begin();
  changed();
  await answer(new Error("ip took too long"));
  expect(notice).toHaveBeenCalledExactlyOnceWith("eth0 could not be looked at: ip took too long");
  changed();
  await answer({ condition: "absent" });
  expect(told).toHaveBeenCalledTimes(1);
});

test("after its end nothing is told", async () => {
  const { watch, changed, answer, told, left } = begin();
  changed();
  watch.end();
  await answer({ condition: "down" });
  expect(told).not.toHaveBeenCalled();
  expect(left).toHaveBeenCalledTimes(1);
});
