// The page of saved stories: saves the latest with their pictures, says how far it is, and when to
// do so without being asked.
import { all, one, say } from "./page.js";
import { AUTO, clock, order } from "./app.js";

const JOB = `${root}/offline/job`;
const CACHES = ["marsad-saved-mine", "marsad-saved"];
const UNFINISHED = /running|waiting/;
// A worker may be stopped after some minutes.
const REMIND_MS = 10_000;

const panel = one("[data-saving]");
const part = (name) => one(`[data-${name}]`, panel);
let shown = {};

const TEXTS = {
  running: words["saved.running"],
  waiting: words["saved.waiting"],
  cancelled: words["saved.cancelled"],
  full: words["saved.full"],
  done: words["saved.done"],
  nothing: words["saved.nothing"],
  unreachable: words["saved.unreachable"],
};

function sentence({ state, done, missed, stories = [], images = [], pictures, cramped, at }) {
  const values = {
    done: done - missed,
    total: stories.length,
    pictures,
    images: images.length,
    time: clock(at),
  };
  const text = (TEXTS[state] ?? words["saved.none"]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  return cramped ? `${text} ${words["saved.cramped"]}` : text;
}

function show(job) {
  const ended = UNFINISHED.test(shown.state) && !UNFINISHED.test(job.state);
  shown = job;
  const busy = UNFINISHED.test(job.state);
  part("state").textContent = sentence(job);
  part("progress").hidden = !busy;
  part("progress").max = (job.stories?.length + job.images?.length) || 1;
  part("progress").value = job.done + job.tried || 0;
  part("save").hidden = busy;
  part("cancel").hidden = !busy;
  part("remove").hidden = busy || !job.done;
  if (ended) say(sentence(job));
  if (!busy) dispatchEvent(new Event("saved"));
}

async function latestJob() {
  const found = await Promise.all(CACHES.map((cacheName) => caches.match(JOB, { cacheName })));
  const jobs = await Promise.all(found.map((response) => response?.json()));
  return jobs.filter(Boolean).sort((one, other) => other.at - one.at)[0] ?? {};
}

// --- without being asked ---

// Only some browsers say what they are connected by.
const knowsWifi = Boolean(navigator.connection?.type);

function choose(value) {
  if (value) localStorage[AUTO] = value;
  else delete localStorage[AUTO];
  showChoice();
  if (value) order("auto");
}

function showChoice() {
  const chosen = localStorage[AUTO] ?? "";
  for (const choice of all("[data-auto]", panel)) {
    choice.ariaPressed = choice.dataset.auto === chosen;
    if (choice.dataset.auto === "wifi") choice.hidden = !knowsWifi;
  }
  part("unknown").hidden = knowsWifi;
}

function save() {
  show({ state: "running", done: 0, missed: 0, pictures: 0 });
  order("now");
}

async function open() {
  panel.hidden = false;
  one("[data-unable]").hidden = true;
  part("save").onclick = save;
  part("cancel").onclick = () => order("cancel");
  part("remove").onclick = () => order("remove");
  for (const choice of all("[data-auto]", panel)) choice.onclick = () => choose(choice.dataset.auto);
  showChoice();
  show(await latestJob());
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.saving && show(data.saving));
  setInterval(() => UNFINISHED.test(shown.state) && order("resume"), REMIND_MS);
  if (location.hash !== "#save") return;
  history.replaceState(null, "", location.pathname);
  save();
}

if (panel && "serviceWorker" in navigator && "caches" in window) open();
