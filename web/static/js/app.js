// Offline reading: the service worker keeps copies of pages, this marks a page that is a copy.
import { all, make, one, say, signedIn } from "./page.js";
import { flush, forget } from "./queue.js";

const copied = document.documentElement.dataset.copy;
const OUT = "marsad-out";
// When to save the latest stories without being asked: on "wifi", or whenever "online".
export const AUTO = "marsad-autosave";

async function catchUp() {
  try {
    if (signedIn && (await flush())) say(words["offline.sent"]);
  } catch {
    // Still offline, or signed out: the queue stays.
  }
}

async function register() {
  await navigator.serviceWorker.register(`${root}/sw.js`);
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) active.postMessage({ keep: location.href });
}

async function ask(request) {
  const worker = await navigator.serviceWorker?.getRegistration();
  worker?.active?.postMessage(request);
}

export const keep = (address) => ask({ keep: address, starred: true });
// To the worker: save "now", "auto", "resume", "cancel", "remove".
export const order = (save) => ask({ save });

function saveUnasked() {
  const { type, saveData } = navigator.connection ?? {};
  const wanted = { wifi: /wifi|ethernet/.test(type), online: !saveData };
  if (wanted[localStorage[AUTO]]) order("auto");
}

export function clock(time) {
  const at = new Date(+time);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(`${document.documentElement.lang}-MA-u-nu-latn`, {
    ...(today ? {} : { day: "numeric", month: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

// The script for being offline.
const away = () => import(document.body.dataset.away).catch(() => {});

if (copied) {
  const text = words["offline.copy"].replace("{time}", clock(copied));
  one("main").prepend(make("p", { className: "faint copy", textContent: text }));
} else if (!signedIn && localStorage["marsad-queue"]) forget();

if (copied || !navigator.onLine) away();
addEventListener("offline", away);
addEventListener("load", async () => {
  catchUp();
  if (!("serviceWorker" in navigator)) return;
  await register();
  saveUnasked();
});
addEventListener("online", () => {
  catchUp();
  order("resume");
});

document.addEventListener("submit", ({ target }) => {
  if (!/\/(logout|account\/close)$/.test(target.action)) return;
  forget();
  localStorage[OUT] = Date.now();
});

// The account menu and the filters close with Escape, and by a press elsewhere.
const openMenus = () => all(".menu[open], .filters details[open]");
addEventListener("keydown", ({ key }) => {
  const menu = key === "Escape" && openMenus()[0];
  if (!menu) return;
  menu.open = false;
  one("summary", menu).focus();
});
addEventListener("pointerdown", ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
});

// A page restored from the back/forward cache must not outlive the session.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && signedIn && localStorage[OUT] > performance.timeOrigin) location.reload();
});
