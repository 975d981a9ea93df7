// The service worker. Files whose address names their content are served from the cache; pages from
// the network, and from the cache only if that fails.
import { MINE, OFFLINE, SAVED, SAVED_MINE, SHARED, STARRED, addressOf, dateOf, file, find, isEntry, isPage, isPrivate, pathOf, putPage, trim } from "./copies.js";
import { forgetSaved, goOn, isPicture, obey, picture, withPictures } from "./latest.js";

const MAX = { lists: 10, entries: 200 };
const PATIENCE_MS = 4000;
const NEVER =
  /^\/(login|logout|account|register|invite|setup|password|forgot|operate|session|language|preferences|api|offline|following\.opml)\b/;

const CHANGES_READER = /^\/(login|logout|account\/close|register|invite|setup|password)\b/;

async function keep(name, address, response) {
  const cache = await caches.open(name);
  await putPage(cache, address, response);
  await trim(cache, MAX.lists, (url) => !isEntry(url));
  await trim(cache, MAX.entries, isEntry);
}

async function forget() {
  indexedDB.deleteDatabase("marsad");
  await Promise.all([caches.delete(MINE), caches.delete(STARRED), forgetSaved()]);
}

async function storePage(url, response) {
  if (!isPage(response) || /^\/offline\b/.test(pathOf(url))) return;
  if (!isPrivate(response)) await forget();
  if (NEVER.test(pathOf(url))) return;
  await keep(isPrivate(response) ? MINE : SHARED, addressOf(url), response);
}

// The newest copy of a page: one that was saved can be newer than the last visit.
async function findCopy(address) {
  const names = [MINE, SAVED_MINE, STARRED, SHARED, SAVED];
  const found = await Promise.all(names.map((name) => find(address, name)));
  return found.filter(Boolean).sort((one, other) => dateOf(other) - dateOf(one))[0];
}

// Mark the page itself as a copy, with its date.
async function copyOf(response) {
  const at = dateOf(response) || Date.now();
  const text = await withPictures(await response.text());
  const { headers } = response;
  return new Response(text.replace("<html", `<html data-copy="${at}"`), { headers });
}

// What can be read, and the same instead of a page without a copy.
const SHELF = `${root}/offline`;
const MISSING = `${root}/offline?missing=1`;

const offlinePage = async (address = MISSING) =>
  (await find(address, OFFLINE)) ?? Response.error();

async function page(event, url) {
  const network = (async () => (await event.preloadResponse) ?? fetch(event.request))();
  const kept = network.then((response) => storePage(url, response.clone())).then(goOn);
  event.waitUntil(kept.catch(() => {}));
  const copy = await findCopy(addressOf(url));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const response = await (copy ? Promise.race([network, late]) : network);
    if (response && !(copy && response.status >= 500)) return response;
  } catch {
    // Offline.
  }
  return copy ? copyOf(copy) : offlinePage(url.pathname === SHELF ? SHELF : MISSING);
}

// Store a page in the background: it must not count as read.
async function keepPage({ keep: address, starred }) {
  const url = new URL(address, location);
  if (NEVER.test(pathOf(url))) return;
  const response = await fetch(url, { headers: { Purpose: "prefetch" } });
  if (!isPage(response) || response.redirected) return;
  const name = !isPrivate(response) ? SHARED : starred ? STARRED : MINE;
  await keep(name, addressOf(url), response);
}

async function refreshOffline() {
  const cache = await caches.open(OFFLINE);
  await Promise.all([SHELF, MISSING].map(async (address) => putPage(cache, address, await fetch(address))));
}

async function start() {
  await registration.navigationPreload?.enable();
  await clients.claim();
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(refreshOffline());
});
addEventListener("activate", (event) => event.waitUntil(start()));
addEventListener("message", (event) => {
  const { save } = event.data;
  event.waitUntil(save ? obey(save) : keepPage(event.data));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${root}/`)) return;
  if (request.method === "POST") {
    if (CHANGES_READER.test(pathOf(url))) event.waitUntil(forget());
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => offlinePage()));
  } else if (request.method !== "GET") return;
  else if (url.searchParams.has("v")) event.respondWith(file(request));
  else if (isPicture(url)) event.respondWith(picture(url));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});
