import type { PortPath } from "../hotplug/types.ts";
import type { MachineDefinition } from "../inspector/types.ts";
import type { JournalEntry } from "../journal/types.ts";
import { parsePlace, placeText } from "./address.ts";
import { api, Refused, type StatusAnswer, takeToken } from "./api.ts";
import { BundleView } from "./bundle-view.ts";
import { BusView } from "./bus-view.ts";
import { h, setText } from "./dom.ts";
import { GatewayView } from "./gateway-view.ts";
import { Model } from "./model.ts";
import { OutagesView } from "./outages-view.ts";
import { PortView } from "./port-view.ts";
import { summaryOf } from "./summary.ts";
import type { TimelineActions } from "./timeline-view.ts";
import { UplinksView } from "./uplinks-view.ts";
import { clockText } from "./words.ts";

/** Counters and signal have no event; all else is asked for when an event says that it may be another. */
const LOOK_MS = 2_000;
const AFTER_EVENT_MS = 150;
const SAID_FOR_MS = 8_000;
/** How far back what only the disk has is asked for. */
const EARLIER_MS = 7 * 24 * 3_600_000;
const RETRY_MS = { first: 1_000, most: 10_000 };

const model = new Model();
const summary = h("p", { class: "summary" });
const problem = h("p", { class: "problem", role: "alert" });
const past = h("p", { class: "past" });
const pastText = h("span");
/** What came of what somebody did here, to be seen and heard. */
const said = h("p", { class: "said", role: "status" });
/** What has changed by itself, for those who do not see it change. */
const heard = h("p", { class: "unseen", role: "status" });

const outages = new OutagesView(model, (outage) => {
  model.frame(outage.from, outage.to);
  goTo(outage.port, outage.from);
});
const bus = new BusView(model);
const uplinks = new UplinksView(model);
const bundle = new BundleView(model);
const timeline: TimelineActions = {
  look(at, settled) {
    model.at = at;
    model.reveal();
    if (settled) history.replaceState(null, "", placeText(model));
    renderSoon();
  },
  zoom(factor) {
    model.zoom(factor);
    renderSoon();
  },
};
const gateway = new GatewayView(model, timeline);
const port = new PortView(model, timeline, (text) => {
  setText(said, text);
  setTimeout(() => {
    if (said.textContent === text) setText(said, "");
  }, SAID_FOR_MS);
});

function build(): void {
  const back = h("button", { type: "button", text: "Back to now", on: { click: () => goTo(model.port, null) } });
  past.append(pastText, " ", back);
  document.body.append(
    h("a", { class: "skip", href: "#", text: "To the bus", on: { click: () => bus.element.scrollIntoView() } }),
    h("header", { class: "top" }, h("h1", { text: "wanherd" }), summary),
    problem,
    said,
    heard,
    h(
      "main",
      {},
      h(
        "div",
        { class: "overview" },
        ...[past, outages.element, bus.element, uplinks.element, bundle.element, gateway.element],
      ),
      port.element,
    ),
  );
}

let drawing = 0;
function renderSoon(): void {
  if (drawing === 0) drawing = requestAnimationFrame(render);
}

function render(): void {
  drawing = 0;
  const { at, status } = model;
  setText(summary, status === null ? "" : summaryOf(status));
  problem.hidden = model.problem === null;
  setText(problem, model.problem ?? "");
  past.hidden = at === null;
  if (at !== null) setText(pastText, `This is how it was at ${clockText(at, model.now())}.`);
  document.body.dataset.close = String(model.port !== null);
  document.title = model.port === null ? "wanherd" : `${model.port} · wanherd`;
  outages.update();
  bus.update();
  uplinks.update();
  bundle.update();
  gateway.update();
  port.update();
}

function goTo(to: PortPath | null, at: number | null): void {
  const place = placeText({ port: to, at });
  if (location.hash !== place && !(place === "#" && location.hash === "")) location.hash = place;
  else arrive();
}

/** The address is another: by a link, by the browser's way back, or by ourselves. */
function arrive(): void {
  const place = parsePlace(location.hash);
  const isOther = place.port !== model.port;
  model.port = place.port;
  model.at = place.at;
  model.reveal();
  render();
  if (isOther && place.port !== null) {
    if (matchMedia("(max-width: 60rem)").matches) scrollTo(0, 0);
    port.focus();
  }
}

let looking = false;
async function look(): Promise<void> {
  if (looking) return;
  looking = true;
  try {
    takeStatus(await api.status());
  } catch (error) {
    model.problem = problemText(error);
  } finally {
    looking = false;
  }
  renderSoon();
}

function takeStatus({ status, at }: StatusAnswer): void {
  const skew = at - Date.now();
  // The answer's time is whole seconds, and it took its way: less than that is no difference.
  if (Math.abs(skew - model.skewMs) >= 2_000) model.skewMs = skew;
  tellChanges(status.ports);
  model.status = status;
  model.problem = null;
  for (const uplink of status.uplinks) model.rates.note(uplink.interface, { ...uplink, at: model.now() });
}

/** For those who hear the page: which ports are in another state than at the last look. */
function tellChanges(
  ports: readonly { readonly port: PortPath; readonly name: string; readonly state: string }[],
): void {
  if (model.status === null) return;
  const before = new Map(model.status.ports.map((each) => [each.port, each.state]));
  const told = ports.filter((each) => before.get(each.port) !== each.state).map((each) => `${each.port} ${each.state}`);
  const gone = [...before.keys()].filter((each) => !ports.some((now) => now.port === each));
  const words = [...told, ...gone.map((each) => `${each} empty`)];
  if (words.length > 0) setText(heard, words.slice(0, 4).join(", "));
}

function problemText(error: unknown): string {
  if (error instanceof Refused && error.code === "TokenNeeded") return `A token is needed: ${error.message}.`;
  if (error instanceof Refused) return `The agent cannot be asked: ${error.message}. What is shown is how it was.`;
  return "This page has lost its server: is wanherd inspect still running? What is shown is how it was.";
}

/** Reads the journal, follows it for as long as it can be followed, and begins anew, for ever. */
async function followJournal(): Promise<void> {
  let wait = RETRY_MS.first;
  let agent = "";
  for (;;) {
    try {
      // At the start all at once: a phone's way to here and back takes longer than any of them.
      const early = agent === "" ? readPast() : null;
      const answer = await api.status();
      takeStatus(answer);
      renderSoon();
      const running = `${answer.status.agent.pid} ${answer.status.agent.since}`;
      // Another agent may count from one again.
      if (running !== agent) {
        const [machines, entries] = await (early ?? readPast());
        model.machines = machines;
        model.history.clear();
        model.history.add(entries);
        agent = running;
        renderSoon();
        void readEarlier();
      }
      wait = RETRY_MS.first;
      await api.follow(model.history.lastSeq, take);
    } catch (error) {
      model.problem = problemText(error);
      renderSoon();
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(2 * wait, RETRY_MS.most);
  }
}

function readPast(): Promise<[readonly MachineDefinition[], readonly JournalEntry[]]> {
  const past = Promise.all([api.machines(), api.past()]);
  // Whoever waits for it hears of it; nobody does when the status fails before.
  past.catch(() => {});
  return past;
}

/** What only the disk has, once the rest is there. */
async function readEarlier(): Promise<void> {
  const { beginsAt } = model.history;
  if (beginsAt === null) return;
  try {
    model.history.addEarlier(await api.between(beginsAt - EARLIER_MS, beginsAt));
  } catch (error) {
    model.problem = problemText(error);
  }
  renderSoon();
}

let taken: JournalEntry[] = [];
/** Many entries come at once; they are taken in together. */
function take(entry: JournalEntry): void {
  taken.push(entry);
  if (taken.length > 1) return;
  setTimeout(() => {
    const entries = taken;
    taken = [];
    model.history.add(entries);
    if (entries.some(({ topic }) => topic !== "at")) void look();
    renderSoon();
  }, AFTER_EVENT_MS);
}

takeToken();
build();
arrive();
addEventListener("hashchange", arrive);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
setInterval(() => {
  if (!document.hidden) void look();
}, LOOK_MS);
void followJournal();
