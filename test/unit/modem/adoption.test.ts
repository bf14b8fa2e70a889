import { describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { Adoption, type World } from "../../../src/modem/adoption.ts";
import { createModemEffects } from "../../../src/modem/modem-effects.ts";
import { type LinkRecord, LinkRecords } from "../../../src/ppp/link-records.ts";
import { optionsWith, PORT } from "./fake-modem.ts";

const RECORD: LinkRecord = {
  port: PORT,
  pid: 4711,
  startTime: "123456",
  link: { interface: "wan1-1_3", address: "10.64.0.2", peer: null, dns: [] },
  ports: { at: "/dev/wanherd/1-1.3/if01", data: "/dev/wanherd/1-1.3/if03" },
  facts: { manufacturer: null, model: null, imei: "1", imsi: "240075812345678", iccid: "2" },
  apn: "data.comviq.se",
};

/** Where the record is right in all, but for the changes. */
function adoptionIn(changes: Partial<World> & { record?: LinkRecord | null; enabled?: boolean } = {}) {
  const { record = RECORD, enabled = true, ...world } = changes;
  const ended: number[] = [];
  const told: string[] = [];
  const records = new LinkRecords("/nonexistent");
  records.read = async (port) => (port === record?.port ? record : null);
  const adoption = new Adoption({
    enabled: () => enabled,
    tell: (text) => told.push(text),
    records,
    world: {
      findStrays: async () => [{ pid: RECORD.pid, port: PORT }],
      endStray: async (pid) => void ended.push(pid),
      isRunning: async () => true,
      addressesOf: (name) => (name === RECORD.link.interface ? [RECORD.link.address] : []),
      hasTty: async () => true,
      ...world,
    },
  });
  return { adoption, ended, told };
}

describe("what an earlier agent left", () => {
  it("is adopted where record and world agree, and handed over once", async () => {
    const { adoption, ended } = adoptionIn();
    expect(await adoption.find()).toEqual([RECORD]);
    const effects = createModemEffects({ ...optionsWith({}), adoption });
    const { signal } = new AbortController();
    expect(await effects.adopt({ port: "1-2" as PortPath }, signal)).toBeNull();
    expect(await effects.adopt({ port: PORT }, signal)).toMatchObject({
      link: RECORD.link,
      ports: RECORD.ports,
      facts: RECORD.facts,
      bearerIndex: 0,
    });
    expect(await effects.adopt({ port: PORT }, signal)).toBeNull();
    await adoption.abandon();
    expect(ended).toEqual([]);
  });

  it.each<[string, Parameters<typeof adoptionIn>[0], RegExp]>([
    ["was not online yet", { record: null }, /on no record/],
    ["is another process than the one on record", { record: { ...RECORD, pid: 4712 } }, /on no record/],
    ["has a process id that was used before", { isRunning: async () => false }, /another process/],
    ["sits in a port that is disabled now", { enabled: false }, /disabled/],
    ["has lost its address", { addressesOf: () => ["10.64.0.3"] }, /not up with 10.64.0.2/],
    ["has lost a serial port", { hasTty: async (tty) => tty === RECORD.ports.at }, /serial ports/],
  ])("is ended when it %s", async (_, changes, why) => {
    const { adoption, ended, told } = adoptionIn(changes);
    expect(await adoption.find()).toEqual([]);
    expect(adoption.waiting(PORT)).toBeNull();
    expect(ended).toEqual([RECORD.pid]);
    expect(told.join()).toMatch(why);
  });

  it("is ended when nobody takes it over", async () => {
    const { adoption, ended } = adoptionIn();
    await adoption.find();
    await adoption.abandon();
    expect(ended).toEqual([RECORD.pid]);
    expect(adoption.waiting(PORT)).toBeNull();
  });

  it("is nobody's when its modem is stopped while it is taken over", async () => {
    const { adoption, ended } = adoptionIn();
    await adoption.find();
    const effects = createModemEffects({ ...optionsWith({}), adoption });
    await expect(effects.adopt({ port: PORT }, AbortSignal.abort())).rejects.toThrow();
    await adoption.abandon();
    expect(ended).toEqual([RECORD.pid]);
  });

  it("says so when the config names another APN by now", async () => {
    const { adoption } = adoptionIn();
    await adoption.find();
    const notices: string[] = [];
    const notice = (_: PortPath, text: string) => void notices.push(text);
    const effects = createModemEffects({ ...optionsWith({}, { apn: "other" }), adoption, notice });
    const modem = await effects.adopt({ port: PORT }, new AbortController().signal);
    expect(modem?.bearers.map(({ apn }) => apn)).toEqual(["other"]);
    expect(notices).toEqual([expect.stringContaining('"data.comviq.se"')]);
  });
});
