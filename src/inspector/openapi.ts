import { TOPICS } from "../journal/parse-line.ts";
import { MAX_LIMIT } from "./query.ts";

const json = (schema: object): object => ({ "application/json": { schema } });
const reference = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string): object => ({ description, content: json(reference("Error")) });
const text = { type: "string" };
const number = { type: "number" };
const count = { type: "integer", minimum: 0 };
const time = { type: "string", format: "date-time" };
const portPath = {
  type: "string",
  pattern: "^[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(\\.[1-9][0-9]{0,2}){0,5}$",
  examples: ["1-1.3"],
};
const hubPath = {
  type: "string",
  pattern: "^(usb[1-9][0-9]{0,2}|[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(\\.[1-9][0-9]{0,2}){0,5})$",
  examples: ["1-1", "usb1"],
};
const orNull = (type: string): object => ({ type: [type, "null"] });
const portParameter = { name: "port", in: "path", required: true, schema: portPath };
const object = (properties: Record<string, object>, optional: readonly string[] = []): object => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const BY = { enum: ["connection", "host"] };
const WEIGHT = { oneOf: [{ type: "integer", minimum: 1, maximum: 1000 }, { const: "auto" }] };
const TIER = { type: "integer", minimum: 1, maximum: 9 };
const HAND_WEIGHT = { oneOf: [...WEIGHT.oneOf, { const: "config" }] };
const HAND_ROLE = { enum: ["balance", "bundle", "config"] };
const HAND_TIER = { oneOf: [TIER, { const: "config" }] };

const action = (summary: string, parameters: readonly object[] = []): object => ({
  post: {
    summary,
    parameters: [portParameter, ...parameters],
    responses: {
      "202": { description: "Passed on to the port.", content: json(object({ port: portPath, action: text })) },
      "400": problem("Not a port path."),
      "404": problem("No such port."),
    },
  },
});

/** A change that a hand makes; `example` is one that is good. */
const change = (summary: string, schema: object, example: object, parameters: readonly object[] = []): object => ({
  post: {
    summary,
    parameters,
    requestBody: { required: true, content: { "application/json": { schema, example } } },
    responses: {
      "202": { description: "Remembered, and passed on to the pool.", content: json({ type: "object" }) },
      "400": problem("Not such a change."),
      ...(parameters.length === 0 ? {} : { "404": problem("No such port or uplink.") }),
    },
  },
});

/** The control socket's description (OpenAPI 3.1.0), served as `GET /v1/openapi.json`: the one place where it is written down. */
export function openapi(version: string): object {
  return {
    openapi: "3.1.0",
    info: { title: "wanherd control socket", version, license: { name: "MIT" } },
    servers: [{ url: "http://localhost", description: "HTTP over the unix socket /run/wanherd/agent.sock" }],
    paths: {
      "/v1/status": {
        get: {
          summary: "What sits in each port and how it does; what `wanherd status --json` prints.",
          responses: { "200": { description: "The status.", content: json(reference("Status")) } },
        },
      },
      "/v1/machines": {
        get: {
          summary: "The statecharts that ports, modems, radios and the rest are, as their machines define them.",
          responses: {
            "200": { description: "The definitions.", content: json({ type: "array", items: reference("Machine") }) },
          },
        },
      },
      "/v1/verify": {
        post: {
          summary: "Compares what the kernel holds with what it should hold, and mends it; `wanherd status --verify`.",
          responses: {
            "200": { description: "What was found.", content: json(reference("Verification")) },
            "500": problem("The kernel could not be read or mended."),
          },
        },
      },
      "/v1/events": {
        get: {
          summary: "The journal: one JSON entry per line, or server-sent events when followed.",
          parameters: [
            {
              name: "since",
              in: "query",
              schema: count,
              description:
                "Only entries with a higher seq. Without this and `from`, what is in memory; with either, what only the disk has too.",
            },
            { name: "from", in: "query", schema: time, description: "Only entries of this time or later." },
            { name: "to", in: "query", schema: time, description: "Only entries of this time or earlier." },
            {
              name: "topic",
              in: "query",
              schema: { type: "array", items: { enum: [...TOPICS] } },
              ...{ style: "form", explode: false },
              description: "Only entries of these topics, separated by commas.",
            },
            {
              name: "text",
              in: "query",
              schema: { ...text, minLength: 1, maxLength: 100 },
              description: "Only entries in whose text this is, in any case.",
            },
            { name: "port", in: "query", schema: portPath, description: "Only entries of this port." },
            {
              name: "limit",
              in: "query",
              schema: { ...count, maximum: MAX_LIMIT },
              description: "Only the newest so many of what is there already.",
            },
            {
              name: "follow",
              in: "query",
              schema: { type: "boolean", default: false },
              description:
                "Goes on with what happens next, as server-sent events; `Accept: text/event-stream` means the same. " +
                "An event's id is its seq, so that Last-Event-ID continues, whatever `since` says. A reader that takes nothing for " +
                "10 s, or falls behind what memory keeps, is dropped.",
            },
          ],
          responses: {
            "200": {
              description: "Entries, oldest first.",
              content: {
                "application/x-ndjson": { schema: reference("JournalEntry") },
                "text/event-stream": { schema: reference("JournalEntry") },
              },
            },
            "400": problem("A query parameter is not what it should be."),
          },
        },
      },
      "/v1/ports/{port}/retry": action("Try again now, whatever it is waiting for."),
      "/v1/ports/{port}/disable": action(
        "Take it out of use and leave it alone. Its link first waits for its connections to end, balancer.drainSeconds at most; asked again, it does not.",
        [{ name: "now", in: "query", schema: { type: "boolean", default: false }, description: "It does not wait." }],
      ),
      "/v1/ports/{port}/enable": action("Take it into use again."),
      "/v1/ports/{port}/move": change(
        "Move its link between the balancer and the bundle by hand; `config` undoes that.",
        { ...object({ to: HAND_ROLE }), additionalProperties: false },
        { to: "bundle" },
        [portParameter],
      ),
      "/v1/uplinks/{uplink}": change(
        "Set an uplink's weight, tier or role by hand; `config` undoes that.",
        {
          ...object({ weight: HAND_WEIGHT, tier: HAND_TIER, role: HAND_ROLE }, ["weight", "tier", "role"]),
          additionalProperties: false,
        },
        { weight: 3, tier: "config" },
        [{ name: "uplink", in: "path", required: true, schema: text, description: "Port path, or interface." }],
      ),
      "/v1/balancer": change(
        "Set by hand how new connections are spread; `config` undoes that.",
        { ...object({ by: { enum: ["connection", "host", "config"] } }), additionalProperties: false },
        { by: "host" },
      ),
      "/metrics": {
        get: {
          summary: "Metrics for Prometheus.",
          responses: {
            "200": { description: "Text exposition format 0.0.4.", content: { "text/plain": { schema: text } } },
          },
        },
      },
      "/v1/openapi.json": {
        get: {
          summary: "This document.",
          responses: { "200": { description: "OpenAPI 3.1.", content: json({ type: "object" }) } },
        },
      },
    },
    components: { schemas: SCHEMAS },
  };
}

const RADIO = {
  phy: orNull("string"),
  interface: orNull("string"),
  channel: orNull("number"),
  apCapable: { type: ["boolean", "null"], description: "Null: not known yet." },
  stations: { ...count, description: "How many are associated." },
};

const SCHEMAS = {
  Error: object({ error: { ...text, description: "Stable name of the error." }, message: text }),
  Status: object({
    schema: { const: 1 },
    agent: object({ version: text, pid: count, since: time }),
    ports: { type: "array", items: reference("Port") },
    uplinks: { type: "array", items: reference("Uplink") },
    balancer: reference("Balancer"),
    accessPoint: { oneOf: [reference("AccessPoint"), { type: "null" }], description: "Null: the config has it off." },
    bundle: { oneOf: [reference("Bundle"), { type: "null" }], description: "Null: there is no concentrator." },
    hubs: { type: "array", items: reference("Hub"), description: "Hubs and root hubs with something on them." },
    interfaces: { type: "array", items: reference("Interface"), description: "Uplinks that are no modem's." },
  }),
  Bundle: object(
    {
      engine: { enum: ["mptcp", "mlppp"] },
      concentrator: { ...text, description: "Host and port." },
      state: { enum: ["locating", "starting", "waiting", "connecting", "carrying", "leaving", "silent", "closing"] },
      since: { ...time, description: "When it came into this state." },
      reason: { ...text, description: "Why it does not carry." },
      interface: { ...orNull("string"), description: "Null: the engine has none of its own." },
      members: {
        type: "array",
        items: object({ interface: text, port: { ...portPath, type: ["string", "null"] } }),
        description: "Its links.",
      },
    },
    ["reason"],
  ),
  Interface: object(
    {
      interface: text,
      state: { ...text, description: "online, or what keeps it out of the pool." },
      since: { ...time, description: "When it came into this state." },
      reason: { ...text, description: "Why it is in this state." },
    },
    ["reason"],
  ),
  AccessPoint: object(
    {
      ssid: text,
      bridge: text,
      address: { ...text, description: "The gateway's own in the LAN, with prefix length." },
      reason: { ...text, description: "What keeps all of it from serving." },
      radios: {
        type: "array",
        items: object(
          {
            port: { ...portPath, type: ["string", "null"], description: "Null: a radio that the config names." },
            state: text,
            ...RADIO,
            reason: { ...text, description: "Why it is in this state." },
          },
          ["reason"],
        ),
      },
      stations: {
        type: "array",
        items: object({
          mac: text,
          port: { ...portPath, type: ["string", "null"], description: "Of the radio that has it." },
          interface: text,
          signalDbm: { ...orNull("number"), description: "As the radio hears it." },
          rxBytes: { ...count, description: "From the station, since it has associated." },
          txBytes: count,
          connectedSeconds: count,
        }),
      },
    },
    ["reason"],
  ),
  Verification: object({
    drift: { type: "array", items: text, description: "What was not as wanted, a phrase each." },
    mended: { type: "boolean", description: "All of it is as wanted now." },
  }),
  Hub: object({
    port: { ...hubPath, description: "The hub's own port path; a root hub by the kernel's name for it." },
    drawnMilliamps: { ...count, description: "What hangs on it may draw at most, by its descriptors." },
    budgetMilliamps: { ...count, description: "What it can give, by USB's rules or by the config's power.hubs." },
    over: { type: "boolean", description: "The sum, or what a single port asks for, is too much." },
    devices: { type: "array", items: object({ port: portPath, name: text, milliamps: count }) },
    note: { ...orNull("string"), description: "What is wrong with its power, brown-outs included, and what to do." },
  }),
  Port: object(
    {
      port: portPath,
      kind: { enum: ["modem", "radio", "hub", "other"] },
      usbId: { ...orNull("string"), examples: ["19d2:0031"] },
      name: text,
      state: text,
      since: { ...time, description: "When it came into this state." },
      history: {
        type: "array",
        items: object({ state: text, since: time }),
        description: "The states it went through lately, oldest first.",
      },
      reason: { ...text, description: "Why it is in this state." },
      failure: object({ kind: text, message: text, advice: text, attempts: count }),
      modem: object({
        operator: orNull("string"),
        technology: orNull("string"),
        signalDbm: orNull("number"),
        apn: orNull("string"),
        imei: orNull("string"),
        registration: orNull("string"),
      }),
      radio: object(RADIO),
      recovery: object({
        step: { enum: ["radio", "reset", "usbReset", "powerCycle", null], description: "The step under way." },
        taken: object({ radio: count, reset: count, usbReset: count, powerCycle: count }),
      }),
      powerMilliamps: number,
    },
    ["reason", "failure", "modem", "radio", "recovery"],
  ),
  Uplink: object(
    {
      port: { ...portPath, type: ["string", "null"], description: "Null: an interface that the config names." },
      interface: text,
      address: text,
      role: { enum: ["balance", "bundle"] },
      tier: count,
      weight: { ...count, description: "Share of new connections, relative to the others'; 0: it gets none now." },
      percent: { ...number, description: "The same in percent of the new connections that no rule pins." },
      setWeight: { ...WEIGHT, description: "What the config says of its weight, or a hand." },
      byHand: {
        type: "array",
        items: { enum: ["weight", "tier", "role"] },
        description: "What a hand has said of it.",
      },
      measured: { ...orNull("number"), description: "Bytes a second that it was seen to carry." },
      health: { enum: ["good", "suspect", "probation", "draining", "joining"] },
      aside: { const: true, description: "It is meant for the bundle, which carries more without it for now." },
      rxBytes: count,
      txBytes: count,
    },
    ["aside"],
  ),
  Balancer: object({
    by: BY,
    byHand: { type: "boolean", description: "A hand has said so, and the config does not count." },
    rules: {
      type: "array",
      items: object({
        to: orNull("string"),
        protocol: { enum: ["tcp", "udp", "icmp", null] },
        ports: { type: "array", items: object({ from: count, to: count }) },
        use: { oneOf: [text, object({ tier: TIER })] },
        strict: { type: "boolean" },
        over: {
          oneOf: [{ type: "array", items: text }, { enum: ["pool", "nowhere"] }],
          description: "Where its new connections go now: over these interfaces, as all others do, or nowhere.",
        },
      }),
    },
  }),
  Machine: object({
    id: { ...text, description: "As `data.machine` of the journal has it." },
    root: reference("State"),
  }),
  State: object({
    key: text,
    type: { enum: ["atomic", "compound", "parallel", "final", "history"] },
    initial: { ...orNull("string"), description: "Which of its states is entered first." },
    tags: { type: "array", items: text },
    invokes: { type: "array", items: text, description: "Effects that run while it is active." },
    transitions: {
      type: "array",
      items: object({
        event: { ...text, description: "As a transition's `data.cause` in the journal; empty: taken at once." },
        guard: orNull("string"),
        actions: { type: "array", items: text },
        targets: { type: "array", items: text, description: "Paths from the root, joined by dots." },
      }),
    },
    states: { type: "array", items: reference("State") },
  }),
  JournalEntry: object(
    {
      seq: {
        ...count,
        description: "Rises over the life of the journal's directory; gaps are possible after a crash.",
      },
      time,
      port: { ...portPath, type: ["string", "null"] },
      topic: { enum: [...TOPICS] },
      text: { ...text, maxLength: 500 },
      data: {
        type: "object",
        description:
          "Of a transition: machine, from, to (what changed), before, state (the whole of it), cause. Of an event: machine, before. " +
          "Of what else happens in a port: during, its machines and their states. Of an AT dialogue: cause, the effect that asked, " +
          "and none for what the modem says by itself. Of the pool: before, state, cause (the events since, with their links).",
      },
    },
    ["data"],
  ),
};
