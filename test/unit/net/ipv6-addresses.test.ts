import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hasIpv6Address, ipv6Text, parseIpv6Addresses, watchIpv6Addresses } from "../../../src/net/ipv6-addresses.ts";

/** As Linux 6.1 lists them: loopback, link-local, then what the cases below are about. */
const KERNEL = `00000000000000000000000000000001 01 80 10 80       lo
fe800000000000000000000000000002 05 0a 20 80  wan1-1
20010db80064000100000000000000a2 05 40 00 00  wan1-1
`;
const line = (flags: string, hex = "20010db8006400020000000000000001"): string => `${hex} 0f 40 00 ${flags}  wan1-2\n`;

describe("the kernel's list of IPv6 addresses", () => {
  it("tells the global one of each interface", () => {
    expect(parseIpv6Addresses(KERNEL + line("00"))).toEqual({
      "wan1-1": "2001:db8:64:1::a2",
      "wan1-2": "2001:db8:64:2::1",
    });
  });

  it.each([
    ["being tried out", line("40")],
    ["running out", line("20")],
    ["a double of another's", line("48")],
    ["a temporary one", line("01")],
    ["of a network's own", line("00", "fd000db8006400020000000000000001")],
  ])("but none that is %s", (_, text) => {
    expect(parseIpv6Addresses(KERNEL + text)).toEqual({ "wan1-1": "2001:db8:64:1::a2" });
  });

  it("takes the first fit one, and of anything else nothing", () => {
    expect(parseIpv6Addresses(line("20") + line("00", `2${"0".repeat(30)}1`) + line("00"))).toEqual({
      "wan1-2": "2000::1",
    });
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseIpv6Addresses(text)).toEqual({});
      }),
    );
  });

  it("has its addresses written as they are read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = ipv6Text(Buffer.from(bytes).toString("hex"));
        expect(isIPv6(text)).toBe(true);
        expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});

describe("the watch over IPv6 addresses", () => {
  let folder: string;
  let end: () => void;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ipv6-"));
  });
  afterEach(() => {
    end();
    rmSync(folder, { recursive: true });
  });

  it("tells of each change once, and of a start without any nothing", async () => {
    const [file, events, told] = [join(folder, "if_inet6"), join(folder, "events"), vi.fn()];
    writeFileSync(file, "");
    writeFileSync(events, "");
    const command = ["tail", "-n", "+1", "-s", "0.05", "-f", events] as const;
    end = watchIpv6Addresses({ notice: () => {}, file, monitor: { command } }, told);
    const put = (text: string): void => {
      writeFileSync(file, text);
      writeFileSync(events, "5: wan1-1    inet6 …\n", { flag: "a" });
    };
    put(KERNEL);
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    put(KERNEL);
    put(KERNEL + line("00"));
    await vi.waitFor(() => expect(told.mock.lastCall?.[0]).toHaveProperty("wan1-2"), { timeout: 10_000 });
    put("");
    await vi.waitFor(() => expect(told).toHaveBeenLastCalledWith({}), { timeout: 10_000 });
    expect(told).toHaveBeenCalledTimes(3);
    expect(await hasIpv6Address("wan1-1", "2001:db8:64:1::a2", file)).toBe(false);
  });
});
