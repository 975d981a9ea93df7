// Marks entries as read once they are scrolled past, if the reader prefers that: a few at a time.
import { all, one, signedIn } from "./page.js";
import { mark } from "./list.js";

const PAUSE_MS = 2000;
const MAX_BATCH = 20;
const list = one(".entries[data-read-on-scroll]");
const onScreen = new Set();
let passed = [];
let timer = 0;

function send(options) {
  clearTimeout(timer);
  const entries = passed;
  passed = [];
  mark(entries, true, options);
}

function observe(changes) {
  for (const { target, isIntersecting, boundingClientRect } of changes) {
    if (isIntersecting) onScreen.add(target);
    else if (onScreen.delete(target) && boundingClientRect.bottom <= 0) pass(target);
  }
}

function pass(entry) {
  observer.unobserve(entry);
  passed.push(entry);
  clearTimeout(timer);
  if (passed.length < MAX_BATCH) timer = setTimeout(send, PAUSE_MS);
  else send();
}

const observer = new IntersectionObserver(observe);
if (list && signedIn) {
  for (const entry of all("article[data-id]:not(.read)", list)) observer.observe(entry);
  addEventListener("pagehide", () => send({ keepalive: true }));
}
