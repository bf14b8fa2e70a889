import { afterAll, beforeAll, expect, test } from "vitest";
import { Bus } from "../bus/bus.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import type { Guest } from "../bus/guest/guest.ts";

// A machine of its own, for it needs systemd as process 1: the agent as people install it.
let guest: Guest;
let bus: Bus;

beforeAll(async () => {
  guest = await bootGuest({ init: "systemd", memoryMiB: 2_048 });
  bus = new Bus(guest);
  await bus.setup({ carriers: [1] });
});

afterAll(async () => {
  await guest?.close();
});

async function shell(script: string): Promise<string> {
  return (await guest.exec(["sh", "-c", script], { mayFail: true })).stdout.trim();
}

async function until(what: string, script: string, wanted: RegExp, timeoutMs = 120_000): Promise<string> {
  const end = Date.now() + timeoutMs;
  let last = "";
  while (Date.now() < end) {
    last = await shell(script);
    if (wanted.test(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error(
    `not within ${timeoutMs} ms: ${what}; last: ${last}; ${await shell("journalctl -u wanherd -n 40 --no-pager")}`,
  );
}

const STATUS = "curl --silent --unix-socket /run/wanherd/agent.sock http://localhost/v1/status";

test("the service starts by itself when the first stick is plugged in, brings it online, and leaves nothing when it is stopped", async () => {
  await guest.writeFile("/usr/local/bin/wanherd", '#!/bin/sh\nexec node /wanherd/dist/wanherd.js "$@"\n');
  await shell("chmod +x /usr/local/bin/wanherd && ln -s /usr/local/bin/wanherd /usr/bin/wanherd");
  await shell("cp /wanherd/udev/*.rules /etc/udev/rules.d/ && cp /wanherd/udev/wanherd.service /etc/systemd/system/");
  await shell("udevadm control --reload && systemctl daemon-reload");
  expect(await shell("systemctl is-active wanherd")).toBe("inactive");
  const before = await shell(
    "nft list ruleset; ip -4 rule show; ip -4 route show table all; sysctl net.ipv4.ip_forward",
  );

  await bus.plug(bus.port(1), zteMf102());
  await until("the service runs", "systemctl is-active wanherd", /^active$/);
  await until("the stick is online", STATUS, /"state":"online"/);
  await until("its link is in the pool", "nft list ruleset", /wan1-1/);

  // A crash of the agent, and a reload: systemd starts it again, and the link that was up is the link that is up.
  const mainPid = "systemctl show --property MainPID --value wanherd";
  const pppd = await shell("pidof pppd");
  for (const end of ["kill -KILL $MAIN", "systemctl reload wanherd"]) {
    const pid = await shell(mainPid);
    await shell(end.replace("$MAIN", pid));
    await until("another agent runs", mainPid, new RegExp(`^(?!0$|${pid}$)\\d+$`));
    await until("the stick is online", STATUS, /"state":"online"/);
    expect(await shell("pidof pppd"), end).toBe(pppd);
  }

  await shell("systemctl stop wanherd");
  expect(await shell("systemctl is-active wanherd")).toBe("inactive");
  // Whatever the service started, and the agent that was killed, is in the service's control group.
  expect(await shell("cat /sys/fs/cgroup/system.slice/wanherd.service/cgroup.procs 2>/dev/null")).toBe("");
  const after = await shell(
    "nft list ruleset; ip -4 rule show; ip -4 route show table all; sysctl net.ipv4.ip_forward",
  );
  expect(after).toBe(before);
});
