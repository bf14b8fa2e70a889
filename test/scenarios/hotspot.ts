import type { Guest } from "../bus/guest/guest.ts";

export const HOTSPOT = { ssid: "MobileAP", passphrase: "correct horse battery staple" } as const;

/**
 * The bus brings a bridge of its own for its wired client. Without it the agent has to make one, and the client's cable is a
 * port for it. The returned function gives it back.
 */
export async function takeBridge(guest: Guest): Promise<() => Promise<void>> {
  await guest.exec(["ip", "link", "delete", "lan-br"]);
  return async () => {
    const lines = [
      "link add lan-br type bridge",
      "addr add 172.17.2.1/24 dev lan-br",
      "link set lan-client master lan-br up",
      "link set lan-br up",
    ];
    await guest.exec(["ip", "-batch", "-"], { stdin: `${lines.join("\n")}\n` });
  };
}
