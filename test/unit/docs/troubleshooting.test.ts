import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { FAILURE_KINDS, isFailureKind } from "../../../machines/failure.ts";

test("what to do is written for each kind of failure, and for none that there is not", async () => {
  const text = await readFile("docs/troubleshooting.md", "utf8");
  const told = [...text.matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, kind = ""]) => kind),
  );
  expect(told.filter((kind) => !isFailureKind(kind))).toEqual([]);
  expect([...told].sort()).toEqual([...FAILURE_KINDS].sort());
});
