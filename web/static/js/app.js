// Offline reading: the service worker keeps copies of pages, this marks a page that is a copy.
import { all, make, one, say, signedIn } from "./page.js";
import { flush, forget } from "./queue.js";

const copied = document.documentElement.dataset.copy;
const OUT = "marsad-out";

async function catchUp() {
  try {
    if (signedIn && (await flush())) say(words["offline.sent"]);
  } catch {
    // Still offline, or signed out: the queue stays.
  }
}

async function register() {
  await navigator.serviceWorker.register("/sw.js");
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) active.postMessage({ keep: location.href });
}

export async function keep(address) {
  const worker = await navigator.serviceWorker?.getRegistration();
  worker?.active?.postMessage({ keep: address, starred: true });
}

if (copied) {
  const at = new Date(+copied);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleString(`${document.documentElement.lang}-MA-u-nu-latn`, {
    ...(today ? {} : { day: "numeric", month: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const text = words["offline.copy"].replace("{time}", time);
  one("main").prepend(make("p", { className: "faint copy", textContent: text }));
} else if (!signedIn && localStorage["marsad-queue"]) forget();

addEventListener("load", () => {
  if ("serviceWorker" in navigator) register();
  catchUp();
});
addEventListener("online", catchUp);

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
