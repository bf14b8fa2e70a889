import { describe, expect, it } from "vitest";
import { awayTimes } from "../../../src/page/agent-away.ts";
import { machinesAt, spanAt, spansOf } from "../../../src/page/spans.ts";
import { BEGIN, call, PORT, spanTexts, Told } from "./entries.ts";

describe("what a port went through", () => {
  it("is told in the words of status, from the states of its machines", () => {
    const { noted } = new Told()
      .step(0, "port", "empty")
      .comesUp(10)
      .step(60, "port", "occupied.clearing")
      .step(62, "port", "empty");
    expect(spanTexts(spansOf(noted))).toEqual([
      "empty 0–10",
      "probing 10–11",
      "dialling 11–13",
      "online 13–60",
      "hanging up 60–62",
      "empty 62–",
    ]);
  });

  it("tells a link that is suspect from one that is well", () => {
    const { noted } = new Told()
      .comesUp(0)
      .step(20, "modem", call("online.suspect"))
      .step(30, "modem", call("online.good"));
    expect(spanTexts(spansOf(noted)).slice(-3)).toEqual(["online 3–20", "suspect 20–30", "online 30–"]);
  });

  it("begins in the middle of a life, where the record does", () => {
    const { noted } = new Told().step(0, "modem", call("registering.denied"));
    expect(spanTexts(spansOf(noted))).toEqual(["denied 0–"]);
  });

  it("knows nothing while no agent ran, and believes nothing of before afterwards", () => {
    const told = new Told().comesUp(0).add(50, "agent", "journal closed", undefined, null);
    told.add(80, "agent", "wanherd 1.0.0 runs", undefined, null).comesUp(82);
    const away = awayTimes(told.noted);
    expect(away).toEqual([{ from: BEGIN + 50_000, to: BEGIN + 80_000 }]);
    const own = told.noted.filter(({ entry }) => entry.port === PORT);
    expect(spanTexts(spansOf(own, away)).slice(2, 5)).toEqual(["online 3–50", "agent away 50–80", "empty 80–82"]);
    expect(machinesAt(own, BEGIN + 60_000, away).size).toBe(0);
    expect(machinesAt(own, BEGIN + 81_000, away).size).toBe(0);
    expect(machinesAt(own, BEGIN + 40_000, away).get("modem")?.state).toBe(call("online.good"));
  });
});

describe("a port's machines at a moment", () => {
  const { noted } = new Told().comesUp(0).step(20, "modem", call("redialling"), "link.dead").step(30, "port", "empty");

  it("are as the last step left them, with what caused it and what was before", () => {
    expect(machinesAt(noted, BEGIN + 25_000).get("modem")).toEqual({
      state: call("redialling"),
      before: call("online.good"),
      cause: "link.dead",
      since: BEGIN + 20_000,
    });
  });

  it("are gone with the device", () => {
    expect([...machinesAt(noted, BEGIN + 31_000).keys()]).toEqual(["port"]);
  });

  it("are gone though their last word comes after the port's", () => {
    const late = new Told().comesUp(0).step(30, "port", "empty").step(30.1, "modem", "stopped", "release done");
    expect([...machinesAt(late.noted, BEGIN + 31_000).keys()]).toEqual(["port"]);
  });

  it("are none before the first entry", () => {
    expect(machinesAt(noted, BEGIN - 1).size).toBe(0);
    expect(spanAt(spansOf(noted), BEGIN - 1)).toBeNull();
  });
});
