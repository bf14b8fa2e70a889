import type { PortPath } from "../hotplug/types.ts";
import type { Status } from "./types.ts";

/** An uplink or a radio. */
interface Placed {
  readonly port: PortPath | null;
  readonly interface: string | null;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [Labels, number];

/** In bytes (process.memoryUsage). */
export type AgentMemory = Readonly<Record<"rss" | "heapUsed" | "heapTotal" | "external", number>>;

/** The media type of Prometheus' text format, version 0.0.4. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The status as Prometheus metrics (text exposition format 0.0.4). Names and labels are part of the public interface:
 * more may come, none goes.
 */
export function renderMetrics(status: Status, memory: AgentMemory): string {
  const { agent, ports, uplinks, hubs, interfaces, accessPoint, bundle } = status;
  const link = ({ port, interface: name }: Placed): Labels => ({ port: port ?? "", interface: name ?? "" });
  return [
    family("wanherd_info", "gauge", "Always 1; the label tells the version.", [[{ version: agent.version }, 1]]),
    family("wanherd_start_time_seconds", "gauge", "When the agent started, seconds since 1970.", [
      [{}, Date.parse(agent.since) / 1000],
    ]),
    family(
      "wanherd_memory_bytes",
      "gauge",
      "What the agent's own process holds: resident, and of that V8's heap and what hangs on it.",
      [
        [{ kind: "resident" }, memory.rss],
        [{ kind: "heap" }, memory.heapTotal],
        [{ kind: "heap_used" }, memory.heapUsed],
        [{ kind: "external" }, memory.external],
      ],
    ),
    family(
      "wanherd_port_state",
      "gauge",
      "1 for the state that each USB port is in.",
      ports.map(({ port, kind, state }) => [{ port, kind, state }, 1]),
    ),
    family(
      "wanherd_interface_state",
      "gauge",
      "1 for the state that each uplink which is no modem's is in.",
      interfaces.map(({ interface: name, state }) => [{ interface: name, state }, 1]),
    ),
    family(
      "wanherd_modem_signal_dbm",
      "gauge",
      "Received signal strength of each modem that tells it.",
      ports.flatMap(({ port, modem }): Sample[] =>
        modem === undefined || modem.signalDbm === null ? [] : [[{ port }, modem.signalDbm]],
      ),
    ),
    family(
      "wanherd_modem_recovery_steps_total",
      "counter",
      "Steps taken to mend each modem since it was plugged in.",
      ports.flatMap(({ port, recovery }): Sample[] =>
        Object.entries(recovery?.taken ?? {}).map(([step, count]) => [{ port, step }, count]),
      ),
    ),
    family(
      "wanherd_uplink_weight",
      "gauge",
      "Share of new connections relative to the other uplinks; 0: it gets none.",
      uplinks.map((uplink) => [link(uplink), uplink.weight]),
    ),
    family(
      "wanherd_uplink_good",
      "gauge",
      "1 while the uplink's health is good, else 0.",
      uplinks.map((uplink) => [link(uplink), uplink.health === "good" ? 1 : 0]),
    ),
    family(
      "wanherd_uplink_receive_bytes_total",
      "counter",
      "Bytes received by the uplink's interface.",
      uplinks.map((uplink) => [link(uplink), uplink.rxBytes]),
    ),
    family(
      "wanherd_uplink_transmit_bytes_total",
      "counter",
      "Bytes sent by the uplink's interface.",
      uplinks.map((uplink) => [link(uplink), uplink.txBytes]),
    ),
    family(
      "wanherd_bundle_state",
      "gauge",
      "1 for the state that the bundle is in.",
      bundle === null ? [] : [[{ engine: bundle.engine, state: bundle.state }, 1]],
    ),
    family(
      "wanherd_bundle_members",
      "gauge",
      "Links that the bundle has.",
      bundle === null ? [] : [[{ engine: bundle.engine }, bundle.members.length]],
    ),
    family(
      "wanherd_radio_serving",
      "gauge",
      "1 while the radio serves the access point, else 0.",
      (accessPoint?.radios ?? []).map((radio) => [link(radio), radio.state === "serving" ? 1 : 0]),
    ),
    family(
      "wanherd_radio_stations",
      "gauge",
      "Stations that are associated with each radio.",
      (accessPoint?.radios ?? []).map((radio) => [link(radio), radio.stations]),
    ),
    family(
      "wanherd_hub_milliamps",
      "gauge",
      "What hangs on each USB hub may draw at most (drawn), and what the hub can give (budget).",
      hubs.flatMap(({ port, drawnMilliamps, budgetMilliamps }): Sample[] => [
        [{ hub: port, kind: "drawn" }, drawnMilliamps],
        [{ hub: port, kind: "budget" }, budgetMilliamps],
      ]),
    ),
  ].join("");
}

function family(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${valueText(value)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : "NaN";
}
