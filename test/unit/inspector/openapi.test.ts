import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as z from "zod";
import { controlRoutes } from "../../../src/inspector/control-routes.ts";
import { openapi } from "../../../src/inspector/openapi.ts";
import { Rounds } from "../../../src/inspector/rounds.ts";
import type { AgentView } from "../../../src/inspector/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { EXAMPLE } from "../cli/example-status.ts";

const document = openapi("9.9.9") as {
  paths: Record<string, Record<string, object>>;
  components: { schemas: Record<string, object> };
};

/** What the document says of a value by this name, as something that parses it. */
function schemaOf(name: string): z.ZodType {
  const local = (part: unknown): unknown =>
    JSON.parse(JSON.stringify(part).replaceAll("#/components/schemas/", "#/$defs/"));
  const $defs = local(document.components.schemas) as Record<string, object>;
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs } as Parameters<typeof z.fromJSONSchema>[0]);
}

it("the server has the routes that its description names, and no other", async () => {
  const directory = await mkdtemp(join(tmpdir(), "openapi-"));
  const journal = await openJournal({ directory, maxMegabytes: 1 });
  const rounds = new Rounds(journal);
  const routes = controlRoutes({ view: {} as AgentView, journal, version: "9.9.9" }, rounds);
  rounds.close();
  await journal.close();
  await rm(directory, { recursive: true });
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`).toSorted()).toEqual(described.toSorted());
});

it("a whole status is what the description says of it, and one that lacks something or has another type is not", () => {
  const schema = schemaOf("Status");
  expect(schema.safeParse(EXAMPLE).error?.issues ?? []).toEqual([]);
  expect(schema.safeParse({ ...EXAMPLE, uplinks: undefined }).success).toBe(false);
  const [port, ...others] = EXAMPLE.ports;
  expect(schema.safeParse({ ...EXAMPLE, ports: [{ ...port, port: "../etc" }, ...others] }).success).toBe(false);
  expect(schema.safeParse({ ...EXAMPLE, ports: [{ ...port, powerMilliamps: "500" }, ...others] }).success).toBe(false);
});

it("an entry of the journal is what the description says of it, whatever was handed in", async () => {
  const directory = await mkdtemp(join(tmpdir(), "openapi-"));
  const journal = await openJournal({ directory, maxMegabytes: 1 });
  journal.write({ port: null, topic: "agent", text: "x".repeat(2_000) });
  journal.write({ port: null, topic: "at", text: "\u0000", data: { deep: { list: [1, null, "a"] } } });
  const schema = schemaOf("JournalEntry");
  for (const entry of journal.read({})) expect(schema.safeParse(entry).error?.issues ?? []).toEqual([]);
  expect(schema.safeParse({ ...journal.read({})[0], topic: "gossip" }).success).toBe(false);
  await journal.close();
  await rm(directory, { recursive: true });
});
