import { readFile, rm, writeFile } from "node:fs/promises";
import type { AccessPointEffects, ReadStations } from "../../machines/access-point/effects.ts";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { HostapdRadioEffects } from "../../machines/radio/effects.ts";
import { within } from "../process/bounds.ts";
import { endStray, strayProcess } from "../process/end-stray.ts";
import type { RadioSetup, Station } from "../radio/types.ts";
import { createControl } from "./control.ts";
import { hostapdFiles } from "./hostapd-files.ts";
import { createInterfaceNotes } from "./interface-notes.ts";
import { parseStations } from "./parse-stations.ts";
import { RadioBook } from "./radio-book.ts";
import { renderConfig } from "./render-config.ts";
import { type RunningHostapd, runHostapd } from "./run-hostapd.ts";
import { survey } from "./survey.ts";

const ADD_MS = 15_000;
const REMOVE_MS = 5_000;
const SURVEY_MS = 6_000;
/** No event tells of a signal; asked for more often than this, it is what it was. */
const STATIONS_FRESH_MS = 10_000;
/** Until a radio of an earlier agent's has been found and verified; a busy computer takes its time over that. */
const ADOPT_MS = 60_000;

export interface HostapdOptions {
  /** Asked at the moment when it is needed. */
  readonly passphrase: () => string;
  /** Every line that hostapd says. */
  readonly log: (line: string) => void;
  /** What went wrong but stops nothing. */
  readonly onNotice: (text: string) => void;
  /** For tests. */
  readonly folder?: string;
  readonly programs?: { readonly hostapd: string; readonly cli: string; readonly ip: string; readonly iw: string };
}

export interface Hostapd extends HostapdRadioEffects, Pick<AccessPointEffects, "runHostapd"> {
  readonly readStations: ReadStations;
  /**
   * Finds the hostapd that an earlier agent left. With `goOn` it and its radios stay as they are for `addRadio` to be told the same
   * of them, for a minute; otherwise it is ended, and their interfaces are given back, so that they can be looked at. Never rejects:
   * what could not be given back is told.
   */
  reclaim(goOn: boolean): Promise<void>;
  /** On which channel that one serves this radio; null: it does not, or `addRadio` was told of it since. */
  leftChannel(interfaceName: string): number | null;
  /** Gives back what of that is still as it was left. Never rejects. */
  abandon(): Promise<void>;
}

/** What an earlier agent's hostapd is doing. */
interface Left {
  readonly pid: number;
  /** By interface, its configuration. */
  readonly radios: Map<string, string>;
}

/** hostapd's hands: one process, the radios in it, and their stations. Starts nothing until the first call. */
export function createHostapd(options: HostapdOptions): Hostapd {
  const programs = options.programs ?? { hostapd: "hostapd", cli: "hostapd_cli", ip: "ip", iw: "iw" };
  const files = hostapdFiles(options.folder);
  const control = createControl(files, programs.cli);
  const notes = createInterfaceNotes(files.interfaces, programs);
  const book = new RadioBook();
  /** By interface, the last one, which may go on when its caller no longer waits for it. */
  const surveys = new Map<string, Promise<unknown>>();
  let running: RunningHostapd | null = null;
  let isReady = false;
  let left: Left | null = null;
  let leftTimer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let known: { readonly at: number; readonly who: string; readonly stations: Promise<Station[]> } | null = null;

  /** Does `job` when all earlier ones are over: hostapd's errors name no radio, and are about the one that is being added. */
  function inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  }

  async function begin(setup: RadioSetup, signal: AbortSignal): Promise<{ readonly serving: Promise<void> }> {
    const name = setup.interface;
    const text = renderConfig({ setup, passphrase: options.passphrase(), controlFolder: files.radios });
    if (!isReady) throw new FailureError("SystemRefused", `${name}: hostapd does not run`);
    const isSame = left?.radios.get(name) === text && book.isServing(name);
    left?.radios.delete(name);
    if (isSame) return { serving: Promise.resolve() };
    if (book.has(name)) await takeOut(name);
    signal.throwIfAborted();
    await notes.keep(name);
    await writeFile(files.config(name), text, { mode: 0o600 });
    const serving = book.begin(name);
    // Looked at by who waits for it; until then it must not count as unhandled.
    serving.catch(() => {});
    if (!(await control.add(setup.phy, files.config(name)))) {
      await running?.caughtUp();
      throw refusal(name, "hostapd refused it");
    }
    return { serving };
  }

  function refusal(name: string, what: string): FailureError {
    const { kind, message } = book.refusal(name, what);
    return new FailureError(kind, message);
  }

  /** Out of hostapd, if that has it, and the interface as it was. */
  async function takeOut(name: string): Promise<void> {
    book.end(name);
    try {
      if (isReady) await control.remove(name);
      // What it said of this one's end must not be taken for the next one's.
      await running?.caughtUp();
    } finally {
      await rm(files.config(name), { force: true });
      await notes.giveBack(name);
    }
  }

  async function addRadio(setup: RadioSetup, signal: AbortSignal): Promise<void> {
    const name = setup.interface;
    const late = (): FailureError => refusal(name, `hostapd had it not serving within ${ADD_MS / 1000} s`);
    try {
      const isFree = surveys.get(name) ?? Promise.resolve();
      const start = isFree.then(() => inTurn(() => begin(setup, signal))).then(({ serving }) => serving);
      await within(start, { ms: ADD_MS, late, signal });
    } catch (error) {
      await inTurn(() => takeOut(name)).catch((failed: unknown) => options.onNotice(failureFrom(failed).message));
      throw error;
    }
  }

  async function readAll(): Promise<Station[]> {
    const names = [...book.occupied().keys()];
    const each = await Promise.all(names.map(async (name) => parseStations(await control.stations(name), name)));
    return each.flat();
  }

  async function findLeft(): Promise<Left | null> {
    const pid = await strayProcess(files.pid, files.socket);
    if (pid === null || !(await control.ping().catch(() => false))) return null;
    const radios = new Map<string, string>();
    for (const name of await notes.names()) {
      const text = await readFile(files.config(name), "utf8").catch(() => null);
      if (text !== null) radios.set(name, text);
    }
    return { pid, radios };
  }

  const tellOf = (error: unknown): void => options.onNotice(failureFrom(error).message);

  async function endLeft(): Promise<void> {
    await endStray(files.pid, files.socket);
    await notes.giveBackAll().catch(tellOf);
  }

  async function abandon(): Promise<void> {
    clearTimeout(leftTimer);
    const found = left;
    left = null;
    if (found === null) return;
    // Nobody has taken it over, or not yet.
    if (!isReady) return endLeft();
    for (const name of found.radios.keys()) await inTurn(() => takeOut(name)).catch(tellOf);
  }

  return {
    async reclaim(goOn) {
      left = goOn ? await findLeft() : null;
      if (left === null) return endLeft();
      leftTimer = setTimeout(() => void abandon(), ADOPT_MS);
    },
    leftChannel: (name) => Number(/^channel=(\d{1,3})$/m.exec(left?.radios.get(name) ?? "")?.[1] ?? 0) || null,
    abandon,
    runHostapd: (_, emit) => {
      // Once: one that cannot be gone on with is ended by the next try.
      const adopted = running === null ? left : null;
      // What it has said so far tells which of them serve, and whom.
      for (const name of adopted?.radios.keys() ?? []) book.begin(name).catch(() => {});
      running = runHostapd(
        {
          program: programs.hostapd,
          files,
          control,
          left: adopted?.pid ?? null,
          log: (line) => {
            if (adopted === null || isReady) options.log(line);
            book.hear(line);
          },
        },
        (event) => {
          if (event.type === "process.ready") isReady = true;
          if (event.type === "process.exited") {
            isReady = false;
            book.failAll(event.failure);
          }
          emit(event);
        },
      );
      return running;
    },
    addRadio,
    removeRadio: (name) => {
      const late = (): FailureError => new FailureError("SystemRefused", `${name} was not given back within 5 s`);
      return within(
        inTurn(() => takeOut(name)),
        { ms: REMOVE_MS, late },
      );
    },
    watchRadio: (name, emit) => book.watch(name, emit),
    survey: (name, channels, signal) => {
      const late = (): FailureError => new FailureError("SystemRefused", `${name} heard nothing within 6 s`);
      const work = survey(name, channels, signal, programs);
      surveys.set(
        name,
        work.catch(() => {}),
      );
      return within(work, { ms: SURVEY_MS, late, signal });
    },
    readStations: () => {
      const who = JSON.stringify([...book.occupied()].map(([name, stations]) => [name, ...stations]));
      if (known === null || known.who !== who || performance.now() - known.at > STATIONS_FRESH_MS) {
        const stations = readAll();
        known = { at: performance.now(), who, stations };
        stations.catch(() => {
          known = null;
        });
      }
      return known.stations;
    },
  };
}
