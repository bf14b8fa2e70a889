import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** Where somebody keeps a rule of their own. */
const OWN_RULE = "/etc/wanherd/rules/mine.yaml";
const WANHERD = ["node", "/wanherd/dist/wanherd.js"];
let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1]);
  await box.unconfigure();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.guest.exec(["rm", "-f", OWN_RULE]);
});

test("all of usb_modeswitch's database as Debian installs it is read, and counted by method", async () => {
  const { stdout } = await box.guest.exec([...WANHERD, "rules", "check"]);
  const [, entries, switchable] = /(\d+) entries, (\d+) of them switchable/.exec(stdout) ?? [];
  const listed = await box.guest.exec([
    "sh",
    "-c",
    "tar tzf /usr/share/usb_modeswitch/configPack.tar.gz | grep -c '[0-9a-f]:[0-9a-f]'",
  ]);
  expect(entries).toBe(listed.stdout.trim());
  expect(Number(switchable)).toBeGreaterThan(400);
  for (const method of [
    "StandardEject",
    "MessageContent",
    "HuaweiNewMode",
    "OptionMode",
    "Configuration",
    "HuaweiMode",
  ]) {
    expect(stdout).toMatch(new RegExp(`${method}\\s+[1-9]`));
  }
  expect(stdout).toContain("SierraMode");
});

test("udev itself finds no fault in our rules", async () => {
  const rules = ["60-wanherd.rules", "40-usb_modeswitch.rules"].map((name) => `/wanherd/udev/${name}`);
  expect((await box.guest.exec(["udevadm", "verify", ...rules])).stdout).toMatch(/Fail:\s+0/);
});

test("a rule file that does not parse is named with its line, fails the check, and is skipped at run time", async () => {
  await box.guest.exec(["sh", "-c", "mkdir -p /tmp/rules && cp /wanherd/rules/*.yaml /tmp/rules/"]);
  await box.guest.writeFile("/tmp/rules/broken.yaml", "rules:\n  - name: x\n    match: [\n");
  const check = await box.guest.exec([...WANHERD, "rules", "check", "--rules", "/tmp/rules"], { mayFail: true });
  expect(check.exitCode).toBe(1);
  expect(check.stdout + check.stderr).toMatch(/broken\.yaml:\d+: /);
  const agent = await box.bus.startAgent(["--rules", "/tmp/rules"]);
  await agent.waitFor(/rules skipped: [^"]*broken\.yaml:\d+: /, 60_000);
  await agent.waitFor(/agent: preparing → alive/, 60_000);
  await agent.signal("SIGTERM");
  await agent.waitExit(60_000);
});

test("a config with a bad port path, an unknown key or a wrong type is refused at the start, with line and reason", async () => {
  for (const [yaml, line] of [
    ["modems:\n  '1-x': { weight: 1 }\n", 2],
    ["lan:\n  bridge: lan-br\n  bridges: 2\n", 3],
    ["balancer: { by: magic }\n", 1],
  ] as const) {
    await box.guest.writeFile("/tmp/bad.yaml", yaml);
    const { exitCode, stdout, stderr } = await box.guest.exec([...WANHERD, "up", "--config", "/tmp/bad.yaml"], {
      mayFail: true,
    });
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain(`/tmp/bad.yaml:${line}: `);
  }
});

test("missing programs are named by doctor and by up, with the packages that have them", async () => {
  const hide = "mount --bind /dev/null /usr/sbin/pppd && mount --bind /dev/null /usr/sbin/nft";
  const run = (command: string) =>
    box.guest.exec(["unshare", "--mount", "sh", "-c", `${hide} && exec node /wanherd/dist/wanherd.js ${command}`], {
      mayFail: true,
    });
  for (const command of ["doctor", "up"]) {
    const { exitCode, stdout, stderr } = await run(command);
    expect(exitCode).toBe(1);
    for (const word of ["pppd", "nft", "ppp", "nftables"]) expect(stdout + stderr).toContain(word);
  }
});

test("commands without an agent say so and end with 3, wrong words end with 2", async () => {
  expect((await box.guest.exec([...WANHERD, "status"], { mayFail: true })).exitCode).toBe(3);
  expect((await box.guest.exec([...WANHERD, "explain", "no port"], { mayFail: true })).exitCode).toBe(2);
});

test("a stick that nobody knows is identified; the rule that this suggests is kept and tried, and it goes online by it", async () => {
  const port = box.bus.port(1);
  const identify = [...WANHERD, "identify", port];
  await box.start();
  await box.bus.plug(port, zteMf102({ storageProductId: 0xfff0 }));
  await box.untilState(port, "left alone");

  const { stdout } = await box.guest.exec(identify);
  expect(stdout).toMatch(new RegExp(`^Port ${port} holds 19d2:fff0, manufacturer “ZTE”`));
  expect(stdout).toContain("Left alone: ");
  expect(stdout).toMatch(/usb-storage +CD-ROM/);
  expect(stdout).toContain("steps: [standardEject]");
  await box.guest.exec(["mkdir", "-p", "/etc/wanherd/rules"]);
  await box.guest.writeFile(OWN_RULE, (await box.guest.exec([...identify, "--rule"])).stdout);

  const check = await box.guest.exec([...WANHERD, "rules", "check", OWN_RULE]);
  expect(check.stdout).toContain(`${OWN_RULE} is sound: 1 rule.`);
  expect(check.stdout).toContain(`  ${port} (19d2:fff0): decides; it is a modem in storage mode`);

  // As `systemctl reload` does it: this agent ends, and the next one reads the rules.
  const before = box.agent;
  await before.signal("SIGUSR2");
  await before.waitExit(60_000);
  await box.start();
  await box.untilPool([port]);
  const held = await box.port(port);
  expect([held?.usbId, held?.state]).toEqual(["19d2:0031", "online"]);
  expect(held?.history.map(({ state }) => state)).toContain("switching");
});
