import { expect, test } from "vitest";
import { mattersOfIp, nftReader } from "../../../src/net/watch-kernel.ts";

/** Who is told of for these lines of `nft monitor` (as nft 1.1.3 writes them). */
function told(lines: readonly string[]): (number | null)[] {
  const pids: (number | null)[] = [];
  const read = nftReader((pid) => pids.push(pid));
  for (const line of lines) read(line);
  return pids;
}

test("a transaction that touches our table is told with who made it", () => {
  expect(
    told([
      "delete rule inet wanherd prerouting handle 5",
      "delete table inet wanherd",
      "delete table ip filter",
      "# new generation 4 by process 233 (nft)",
      'add rule inet wanherd forward oifname "wan1-1" drop',
      "# new generation 5 by process 250 (python3 (x))",
    ]),
  ).toEqual([233, 250]);
});

test("other tables are nobody's business of ours, also one with a name that begins like ours", () => {
  expect(
    told([
      "add table inet wanherd_guard",
      "add table ip wanherd",
      'add rule inet filter input comment "add table inet wanherd"',
      "# new generation 6 by process 233 (nft)",
    ]),
  ).toEqual([]);
});

test("events that were lost might have been ours", () => {
  expect(told(["# ERROR: We lost some netlink events!"])).toEqual([null]);
});

test.each([
  "17001:\tfrom all fwmark 0x100/0xff00 lookup 27001 proto 119",
  "Deleted 16999:\tfrom all lookup 254 suppress_prefixlength 0 proto 119",
  "Deleted default dev wan1-1 table 27001 proto 119 scope 253 ",
  "7: wan1-1: <POINTOPOINT,NOARP> mtu 1500 qdisc noqueue state DOWN group 0 ",
  "Deleted 7: wan1-1: <POINTOPOINT,NOARP> mtu 1500 qdisc noop state DOWN group 0 ",
  "inet all forwarding off ",
  "inet wan1-1 rp_filter off ",
])("of ip monitor, %j matters", (line) => {
  expect(mattersOfIp(line, ["wan1-1"])).toBe(true);
});

test.each([
  "17001:\tfrom all fwmark 0x100/0xff00 lookup 27001 proto 1190",
  "10.9.9.0/24 dev wan1-1 proto 2 scope 253 src 10.9.9.9 ",
  "7: wan1-2: <POINTOPOINT,NOARP> mtu 1500 qdisc noqueue state DOWN group 0 ",
  "    link/ppp ",
  "inet lo forwarding off ",
  "inet wan1-1 mc_forwarding off ",
  "inet6 all forwarding off mc_forwarding off ",
  "",
])("of ip monitor, %j does not", (line) => {
  expect(mattersOfIp(line, ["wan1-1"])).toBe(false);
});
