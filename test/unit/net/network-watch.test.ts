import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NetworkWatch } from "../../../src/net/network-watch.ts";

const UP = "7: eth0: <UP> mtu 1500 qdisc noqueue state UP group default";
const RENAMED = "7: lan0: <UP> mtu 1500 qdisc noqueue state UP group default";
const DELETED = `Deleted ${UP}`;
const ROUTE = "default via 192.0.2.1 dev eth0 ";

let folder: string;
let file: string;
let watch: NetworkWatch;
/** Monitors that were started, by pid. */
let started: number[];
let indexes: Record<string, number>;
const notice = vi.fn();

/** `tail` prints what is said as `ip monitor` would. */
const say = (line: string): Promise<void> => appendFile(file, `${line}\n`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "network-watch-"));
  file = join(folder, "lines");
  await writeFile(file, "");
  started = [];
  indexes = { eth0: 7, eth1: 8 };
  notice.mockReset();
  watch = new NetworkWatch({
    notice,
    monitor: { command: ["tail", "-n", "+1", "-f", file], backoffMs: [1] },
    isListening: async (pid) => {
      if (started.at(-1) !== pid) started.push(pid);
      return true;
    },
    indexOf: async (name) => indexes[name] ?? 0,
  });
});

afterEach(async () => {
  await watch.close();
  await rm(folder, { recursive: true });
});

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("one process serves all who watch, each is told to look at first, and then of its own interface only", async () => {
  const [eth0, eth1] = [vi.fn(), vi.fn()];
  watch.watchInterface("eth0", eth0);
  watch.watchInterface("eth1", eth1);
  expect(eth0).not.toHaveBeenCalled();
  await vi.waitFor(() => expect([eth0.mock.calls.length, eth1.mock.calls.length]).toEqual([1, 1]));
  await say(UP);
  await vi.waitFor(() => expect(eth0).toHaveBeenCalledTimes(2));
  await say(ROUTE);
  await vi.waitFor(() => expect(eth1).toHaveBeenCalledTimes(2));
  expect(eth0).toHaveBeenCalledTimes(3);
  expect(started).toHaveLength(1);
});

test("who comes later is told to look as well, and who has left hears nothing", async () => {
  const [early, late] = [vi.fn(), vi.fn()];
  const leave = watch.watchInterface("eth0", early);
  await vi.waitFor(() => expect(early).toHaveBeenCalled());
  watch.watchInterface("eth1", late);
  await vi.waitFor(() => expect(late).toHaveBeenCalledTimes(1));
  leave();
  await say(ROUTE);
  await vi.waitFor(() => expect(late).toHaveBeenCalledTimes(2));
  expect(early).toHaveBeenCalledTimes(1);
});

test("when the process dies, another takes its place, and all are told to look", async () => {
  const changed = vi.fn();
  watch.watchInterface("eth0", changed);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
  process.kill(started[0] as number);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
  expect(started).toHaveLength(2);
  expect(notice).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("ip monitor ended"));
});

test("the process ends with the last who watches, and comes back with the next", async () => {
  const changed = vi.fn();
  const leave = watch.watchInterface("eth0", changed);
  await vi.waitFor(() => expect(changed).toHaveBeenCalled());
  leave();
  await vi.waitFor(() => expect(isAlive(started[0])).toBe(false));
  watch.watchInterface("eth0", changed);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
  await watch.close();
  expect(isAlive(started[1])).toBe(false);
});

test.each([
  ["deleted", DELETED],
  ["renamed", RENAMED],
])("an interface that is %s is told of as gone, once", async (_how, line) => {
  const [gone, changed] = [vi.fn(), vi.fn()];
  watch.onInterfaceGone("eth0", gone);
  watch.watchInterface("eth0", changed);
  await vi.waitFor(() => expect(changed).toHaveBeenCalled());
  await say(UP);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
  expect(gone).not.toHaveBeenCalled();
  await say(line);
  await vi.waitFor(() => expect(gone).toHaveBeenCalledTimes(1));
  await say(DELETED);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(4));
  expect(gone).toHaveBeenCalledTimes(1);
});

test("an interface that is not there at first, or went while nobody listened, is told of as gone", async () => {
  const [never, lost] = [vi.fn(), vi.fn()];
  watch.onInterfaceGone("eth5", never);
  watch.onInterfaceGone("eth0", lost);
  await vi.waitFor(() => expect(never).toHaveBeenCalledTimes(1));
  expect(lost).not.toHaveBeenCalled();
  indexes = {};
  process.kill(started[0] as number);
  await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(1));
  expect(never).toHaveBeenCalledTimes(1);
});
