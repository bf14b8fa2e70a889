import fc from "fast-check";
import { expect, test } from "vitest";
import { isInterfaceName } from "../../../src/net/check-desired.ts";
import { parseMonitorLine } from "../../../src/net/monitor-lines.ts";

const all = { interface: null, index: 0, gone: false };

// As printed by iproute2 6.1 with `-4 -o`.
test.each([
  [
    "3: eth9@eth9p: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \\    link/ether d2:73:5f:ea:dd:c7 brd ff:ff:ff:ff:ff:ff",
    { interface: "eth9", index: 3, gone: false },
  ],
  [
    "Deleted 3: wan0@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default \\    link/ether d2:73:5f:ea:dd:c7 brd ff:ff:ff:ff:ff:ff",
    { interface: "wan0", index: 3, gone: true },
  ],
  [
    "Deleted 3: eth9@eth9p: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state UP \\    link/ether d2:73:5f:ea:dd:c7",
    { interface: "eth9", index: 3, gone: false },
  ],
  [
    "3: eth9    inet 192.0.2.2/24 scope global eth9\\       valid_lft forever preferred_lft forever",
    { interface: "eth9", index: 3, gone: false },
  ],
  [
    "Deleted 3: eth9    inet 192.0.2.2/24 scope global eth9\\       valid_lft forever preferred_lft forever",
    { interface: "eth9", index: 3, gone: false },
  ],
  ["default via 192.0.2.1 dev eth9 metric 100 ", all],
  ["Deleted default via 192.0.2.1 dev eth9 ", all],
  ["default metric 500 \\\tnexthop via 192.0.2.1 dev eth9 weight 1 \\\tnexthop via 192.0.2.3 dev eth9 weight 2 ", all],
  ["default via 192.0.2.5 dev eth9 proto 119 metric 20001 ", null],
  ["default via 192.0.2.5 dev eth9 proto 119", null],
  ["default dev eth9p table 100 scope link ", null],
  ["192.0.2.0/24 dev eth9 proto kernel scope link src 192.0.2.2 ", null],
  ["local 192.0.2.2 dev eth9 table local proto kernel scope host src 192.0.2.2 ", null],
  ["3: a'b: <UP> mtu 1500 qdisc noop", null],
  ["", null],
])("%s", (line, change) => {
  expect(parseMonitorLine(line)).toEqual(change);
});

test("whatever a line holds, only a name that an interface may have comes out", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((name) => `7: ${name}: <UP> mtu 1500 qdisc noop`),
  );
  fc.assert(
    fc.property(text, (line) => {
      const change = parseMonitorLine(line);
      expect(change === null || change.interface === null || isInterfaceName(change.interface)).toBe(true);
    }),
  );
});
