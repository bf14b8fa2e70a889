import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readMtus } from "../../../src/net/mtu.ts";

it("reads the MTUs of the interfaces that are there, and leaves out what is none", async () => {
  const root = mkdtempSync(join(tmpdir(), "mtu-"));
  for (const [name, text] of [
    ["ppp0", "1400\n"],
    ["ppp1", "0\n"],
    ["ppp2", "many\n"],
  ] as const) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, "mtu"), text);
  }
  expect([...(await readMtus(["ppp0", "ppp1", "ppp2", "ppp3"], root))]).toEqual([["ppp0", 1400]]);
  rmSync(root, { recursive: true });
});
