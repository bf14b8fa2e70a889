import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { commonConfig } from "../../../src/bundle/mptcp/proxy.ts";
import { serveEcho } from "../../../src/concentrator/echo.ts";
import { keptKey, readKey } from "../../../src/concentrator/key.ts";
import { loadConcentratorConfig } from "../../../src/concentrator/load-config.ts";
import { renderAcl, renderFirewall, renderServerConfig } from "../../../src/concentrator/mptcp/render.ts";
import { renderUnit } from "../../../src/concentrator/setup.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wanherd-concentrator-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function loaded(yaml: string) {
  const file = join(folder, "concentrator.yaml");
  await writeFile(file, yaml);
  return loadConcentratorConfig(file);
}

const problemOf = async (yaml: string): Promise<string> => {
  const result = await loaded(yaml);
  return "problems" in result ? (result.problems[0]?.reason ?? "") : "";
};

test("without a file the engine mptcp is served at its usual port", async () => {
  expect(await loadConcentratorConfig(join(folder, "none.yaml"))).toEqual({
    config: {
      host: null,
      engines: { mptcp: { enabled: true, port: 7119 }, mlppp: { enabled: false, port: 7120 } },
      directory: "/var/lib/wanherd-concentrator",
    },
  });
});

test("what makes no sense is refused, with its line", async () => {
  expect(await problemOf("engines: { mptcp: { enabled: false } }")).toContain("no engine is enabled");
  expect(await problemOf("engines: { mptcp: { port: 7120 } }")).toContain("two engines have the same port");
  expect(await problemOf("engines: { mptcp: { port: 70000 } }")).toContain("engines.mptcp.port");
  expect(await problemOf("host: 'a b'")).toContain("host: expected a host name");
  expect(await problemOf("hosts: x")).toContain("unknown key");
});

test("the key is made once, for root alone, and another one only when asked for", async () => {
  const directory = join(folder, "state");
  expect(await readKey(directory)).toBeNull();
  const key = await keptKey(directory);
  expect(await keptKey(directory)).toBe(key);
  expect((await stat(join(directory, "key"))).mode & 0o777).toBe(0o600);
  expect(await keptKey(directory, true)).not.toBe(key);
  await writeFile(join(directory, "key"), "nonsense");
  await expect(keptKey(directory)).rejects.toThrow("holds no key");
});

test("ss-server speaks TCP only, with an AEAD cipher, and both ends say the same", () => {
  const told = JSON.parse(renderServerConfig(7119, "secret")) as Record<string, unknown>;
  expect(told).toMatchObject({ server_port: 7119, mode: "tcp_only", method: "chacha20-ietf-poly1305" });
  expect(told).toMatchObject(commonConfig("secret"));
});

test("the tunnel's user reaches the internet and the echo, and nothing of the concentrator's", async () => {
  const golden = (name: string) => readFile(new URL(`golden/${name}`, import.meta.url), "utf8");
  expect(renderFirewall(997)).toBe(await golden("firewall.nft"));
  expect(renderAcl()).toBe(await golden("ss-server.acl"));
});

test("the service's command line is as systemd takes it", () => {
  const config = { directory: "/var/lib/x" } as Parameters<typeof renderUnit>[0]["config"];
  const unit = renderUnit({ command: ["/usr/bin/node", "/opt/my wanherd/100%.js"], configFile: "/etc/c.yaml", config });
  expect(unit).toContain('ExecStart=/usr/bin/node "/opt/my wanherd/100%%.js" concentrator up --config /etc/c.yaml\n');
});

test("the echo sends back what it gets, and drops who sends more than a gateway would", async () => {
  const at = { address: "127.0.0.1", port: 17_118 };
  const heard: [number, string | null][] = [];
  const end = await serveEcho(at, (...said) => void heard.push(said));
  const socket = connect({ host: at.address, port: at.port });
  const first = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  socket.write("\n");
  expect(await first).toBe("\n");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.write("x".repeat(10_000));
  await closed;
  await vi.waitFor(() =>
    expect(heard).toEqual([
      [1, "\n"],
      [1, null],
    ]),
  );
  await expect(serveEcho(at)).rejects.toThrow("127.0.0.1:17118");
  await end();
});
