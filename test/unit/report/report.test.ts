import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { redact } from "../../../src/config/redact.ts";
import type { Config } from "../../../src/config/types.ts";
import type { AgentClient } from "../../../src/inspector/client.ts";
import { AgentNotRunning } from "../../../src/inspector/errors.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { journalSection } from "../../../src/report/journal-section.ts";
import { kernelLines } from "../../../src/report/kernel-lines.ts";
import { renderReport } from "../../../src/report/render-report.ts";
import { saveReport } from "../../../src/report/save-report.ts";
import { maskAll, secretsOf } from "../../../src/report/without-secrets.ts";

const inFolder = async (test: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "report-"));
  await test(folder).finally(() => rm(folder, { recursive: true }));
};

it("the config's secrets are marked wherever they stand, and what is none stays", () => {
  const config = {
    modems: {
      defaults: { apn: "auto", pin: null, password: "hunter22" },
      named: { "1-1.3": { pin: "4321", weight: 3 } },
    },
    accessPoint: { passphrase: "auto", ssid: "MobileAP" },
    bundle: { key: "k3y-of-the-bundle" },
  };
  expect(redact(config as unknown as Config)).toEqual({
    modems: { defaults: { apn: "auto", pin: null, password: "•••" }, named: { "1-1.3": { pin: "•••", weight: 3 } } },
    accessPoint: { passphrase: "auto", ssid: "MobileAP" },
    bundle: { key: "•••" },
  });
  const text = "ppp: hunter22hunter22 k3y-of-the-bundle 14321";
  expect(maskAll(text, secretsOf(config))).toBe("ppp: •••••• ••• 14321");
});

it("of secrets that contain each other nothing is left", () => {
  const secret = fc.stringMatching(/^[ab]{5,9}$/);
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 4 }),
      fc.stringMatching(/^[ab ]{0,60}$/),
      (secrets, text) => {
        const masked = maskAll(text, secrets);
        for (const each of secrets) expect(masked).not.toContain(each);
      },
    ),
  );
});

it("of the kernel's log it has what concerns ports, sticks and links, the newest lines of it", () => {
  const log = [
    "2026-01-05T14:00:00,000001+00:00 EXT4-fs (vda1): mounted filesystem",
    "2026-01-05T14:00:01,000001+00:00 usb 1-1.3: new high-speed USB device number 5 using vhci_hcd",
    "2026-01-05T14:00:02,000001+00:00 option 1-1.3:1.0: GSM modem (1-port) converter detected",
    "[   12.345678] audit: type=1400 audit(1767621600.123:45): apparmor",
    "2026-01-05T14:00:03,000001+00:00 wan1-1_3: renamed from ppp0",
    "2026-01-05T14:00:04,000001+00:00 hwmon hwmon1: Undervoltage detected!",
    "2026-01-05T14:00:05,000001+00:00 systemd[1]: Reached target getty.target",
  ];
  expect(kernelLines(log.join("\n"), 10).map((line) => log.indexOf(line))).toEqual([1, 2, 4, 5]);
  expect(kernelLines(log.join("\n"), 2).map((line) => log.indexOf(line))).toEqual([4, 5]);
});

it("a part that fails says why in its place, one that is too long keeps its end, and none can play with a terminal", async () => {
  const text = await renderReport(
    [
      { title: "good", text: async () => "a \u001b[2J\nsecret\n" },
      { title: "bad", text: () => Promise.reject(new Error("no rights")) },
      { title: "long", maxBytes: 20, text: async () => Array.from({ length: 100 }, (_, n) => `line ${n}`).join("\n") },
    ],
    (part) => part.replaceAll("secret", "•••"),
  );
  expect(text).toBe(
    [
      "===== good =====\na ·[2J\n•••\n",
      "===== bad =====\nnot told: no rights\n",
      "===== long =====\n(769 bytes before this are left out)\nline 98\nline 99\n",
    ].join("\n"),
  );
});

it("the journal is the agent's, or where none runs what it left on disk", () =>
  inFolder(async (directory) => {
    const journal = await openJournal({ directory, maxMegabytes: 1 });
    journal.write({ port: null, topic: "agent", text: "the last words" });
    await journal.close();
    const gone = { events: () => raising(new AgentNotRunning("/run/x")) } as unknown as AgentClient;
    expect(await journalSection(gone, directory).text()).toContain('"text":"the last words"');
    const odd = { events: () => raising(new Error("odd")) } as unknown as AgentClient;
    await expect(journalSection(odd, directory).text()).rejects.toThrow("odd");
  }));

// biome-ignore lint/correctness/useYield: what is read here fails before it gives anything.
async function* raising(error: Error): AsyncGenerator<never> {
  throw error;
}

it("the file is its owner's only, and takes no other's place", () =>
  inFolder(async (folder) => {
    const file = join(folder, "report.txt");
    await saveReport(file, "text");
    expect([await readFile(file, "utf8"), (await stat(file)).mode & 0o777]).toEqual(["text", 0o600]);
    await expect(saveReport(file, "other")).rejects.toMatchObject({ code: "EEXIST" });
  }));
