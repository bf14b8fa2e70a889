import type { Status } from "../inspector/types.ts";
import { isCarrying, kindOf } from "./state-kind.ts";

/** How it all does, in a sentence or two. */
export function summaryOf({ ports, uplinks, accessPoint }: Status): string {
  const modems = ports.filter(({ kind, state }) => kind === "modem" && kindOf(state) !== "off");
  const up = modems.filter(({ state }) => isCarrying(kindOf(state)));
  const others = uplinks.filter(({ port }) => port === null).map((uplink) => uplink.interface);
  const links =
    modems.length === 0
      ? others.length === 0
        ? "No modem is plugged in."
        : ""
      : up.length === modems.length
        ? `${modems.length === 1 ? "The modem is" : `All ${modems.length} modems are`} online.`
        : `${up.length} of ${modems.length} modems online.`;
  const beside = others.length === 0 ? "" : `${others.join(", ")} beside.`;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  const serving = accessPoint?.radios.filter(({ state }) => state === "serving").length ?? 0;
  const hotspot =
    accessPoint === null || serving === 0
      ? ""
      : `${accessPoint.ssid}: ${count(serving, "radio")}, ${count(accessPoint.stations.length, "station")}.`;
  return [links, beside, hotspot].filter((part) => part !== "").join(" ");
}
