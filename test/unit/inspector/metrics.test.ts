import { expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { renderMetrics } from "../../../src/inspector/metrics.ts";
import type { Status } from "../../../src/inspector/types.ts";

it("the metrics of one modem that is online, with a state that tries to break out of its label", () => {
  const port = "1-1.3" as PortPath;
  const text = renderMetrics(
    {
      schema: 1,
      agent: { version: "0.1.0", pid: 7, since: "2026-01-05T14:00:00.500Z" },
      ports: [
        {
          port,
          kind: "modem",
          usbId: "19d2:0031",
          name: "ZTE MF102",
          state: 'on"line\\\n',
          since: "2026-01-05T14:00:07.000Z",
          history: [],
          modem: { operator: "Comviq", technology: "LTE", signalDbm: -71, apn: null, imei: null, registration: "home" },
          recovery: { step: null, taken: { radio: 2, reset: 1, usbReset: 0, powerCycle: 0 } },
          powerMilliamps: 500,
        },
      ],
      uplinks: [
        {
          port,
          interface: "wan1-1_3",
          address: "10.64.12.7",
          role: "balance",
          tier: 1,
          weight: 3,
          percent: 100,
          setWeight: 3,
          byHand: [],
          measured: null,
          health: "good",
          rxBytes: 1234,
          txBytes: 56,
        },
      ],
      balancer: { by: "connection", byHand: false, rules: [] },
      accessPoint: null,
      bundle: null,
      interfaces: [],
      hubs: [
        { port: "usb1", drawnMilliamps: 2330, budgetMilliamps: 2000, over: true, devices: [], note: "over-committed" },
      ],
    },
    { rss: 90_000_000, heapUsed: 14_000_000, heapTotal: 20_000_000, external: 3_000_000 },
  );
  expect(text.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
    'wanherd_info{version="0.1.0"} 1',
    "wanherd_start_time_seconds 1767621600.5",
    'wanherd_memory_bytes{kind="resident"} 90000000',
    'wanherd_memory_bytes{kind="heap"} 20000000',
    'wanherd_memory_bytes{kind="heap_used"} 14000000',
    'wanherd_memory_bytes{kind="external"} 3000000',
    'wanherd_port_state{port="1-1.3",kind="modem",state="on\\"line\\\\\\n"} 1',
    'wanherd_modem_signal_dbm{port="1-1.3"} -71',
    'wanherd_modem_recovery_steps_total{port="1-1.3",step="radio"} 2',
    'wanherd_modem_recovery_steps_total{port="1-1.3",step="reset"} 1',
    'wanherd_modem_recovery_steps_total{port="1-1.3",step="usbReset"} 0',
    'wanherd_modem_recovery_steps_total{port="1-1.3",step="powerCycle"} 0',
    'wanherd_uplink_weight{port="1-1.3",interface="wan1-1_3"} 3',
    'wanherd_uplink_good{port="1-1.3",interface="wan1-1_3"} 1',
    'wanherd_uplink_receive_bytes_total{port="1-1.3",interface="wan1-1_3"} 1234',
    'wanherd_uplink_transmit_bytes_total{port="1-1.3",interface="wan1-1_3"} 56',
    'wanherd_hub_milliamps{hub="usb1",kind="drawn"} 2330',
    'wanherd_hub_milliamps{hub="usb1",kind="budget"} 2000',
    "",
  ]);
});

it("each metric has the name, the type and the help that others rely on", () => {
  const status = {
    schema: 1,
    agent: { version: "1", pid: 1, since: "2026-01-05T14:00:00.500Z" },
    ports: [],
    uplinks: [],
  };
  const text = renderMetrics(
    {
      ...status,
      balancer: { by: "host", byHand: false, rules: [] },
      accessPoint: null,
      bundle: null,
      interfaces: [],
      hubs: [],
    } as Status,
    { rss: 1, heapUsed: 1, heapTotal: 1, external: 1 },
  );
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(types).toEqual([
    "wanherd_info gauge",
    "wanherd_start_time_seconds gauge",
    "wanherd_memory_bytes gauge",
    "wanherd_port_state gauge",
    "wanherd_interface_state gauge",
    "wanherd_modem_signal_dbm gauge",
    "wanherd_modem_recovery_steps_total counter",
    "wanherd_uplink_weight gauge",
    "wanherd_uplink_good gauge",
    "wanherd_uplink_receive_bytes_total counter",
    "wanherd_uplink_transmit_bytes_total counter",
    "wanherd_bundle_state gauge",
    "wanherd_bundle_members gauge",
    "wanherd_radio_serving gauge",
    "wanherd_radio_stations gauge",
    "wanherd_hub_milliamps gauge",
  ]);
  const helped = [...text.matchAll(/^# HELP (\S+) \S.*\.$/gm)].map(([, name]) => name);
  expect(helped).toEqual(types.map((line) => line.split(" ")[0]));
});
