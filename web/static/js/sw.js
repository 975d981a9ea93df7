// Keeps copies of pages for reading offline. Files whose address names their content are served
// from the cache; pages from the network, and from the cache only if that fails.

const FILES = "marsad-files";
const OFFLINE = "marsad-offline";
const SHARED = "marsad-pages";
// Pages of a signed-in reader: purged when they sign out or their session has ended.
const MINE = "marsad-mine";
const STARRED = "marsad-starred";

const MAX = { files: 40, lists: 10, entries: 200 };
const PATIENCE_MS = 4000;
const ENTRY = /^\/entries\/\d+$/;
const NEVER =
  /^\/(login|logout|account|register|invite|setup|password|forgot|operate|session|language|preferences|api|offline|following\.opml)\b/;

const CHANGES_READER = /^\/(login|logout|account\/close|register|invite|setup|password)\b/;

const addressOf = ({ pathname, search }) => (ENTRY.test(pathname) ? pathname : pathname + search);
const isPage = (response) => response.ok && /^text\/html/.test(response.headers.get("Content-Type"));
const isPrivate = (response) => /private/.test(response.headers.get("Cache-Control"));

async function find(address, ...names) {
  for (const cacheName of names) {
    const found = await caches.match(address, { cacheName, ignoreVary: true });
    if (found) return found;
  }
}

async function put(cache, address, response) {
  await cache.delete(address, { ignoreVary: true });
  await cache.put(address, response);
}

async function trim(cache, max, matches) {
  const keys = (await cache.keys()).filter(({ url }) => matches(new URL(url)));
  await Promise.all(keys.slice(0, -max).map((key) => cache.delete(key, { ignoreVary: true })));
}

// Store a page and the files that it needs.
async function keep(name, address, response) {
  const cache = await caches.open(name);
  const text = await response.clone().text();
  await put(cache, address, response);
  await trim(cache, MAX.lists, ({ pathname }) => !ENTRY.test(pathname));
  await trim(cache, MAX.entries, ({ pathname }) => ENTRY.test(pathname));
  const files = [...text.matchAll(/(?:href|src)="(\/[^"]+\?v=\w+)"/g)].map(([, file]) => file);
  await Promise.all(files.map(file));
}

async function file(request) {
  const known = await find(request, FILES);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(FILES);
    await cache.put(request, response.clone());
    await trim(cache, MAX.files, () => true);
  }
  return response;
}

async function forget() {
  indexedDB.deleteDatabase("marsad");
  await Promise.all([caches.delete(MINE), caches.delete(STARRED)]);
}

async function storePage(url, response) {
  if (!isPage(response) || /^\/offline\b/.test(url.pathname)) return;
  if (!isPrivate(response)) await forget();
  if (NEVER.test(url.pathname)) return;
  await keep(isPrivate(response) ? MINE : SHARED, addressOf(url), response);
}

// Mark the page itself as a copy, with its date.
async function copyOf(response) {
  const at = Date.parse(response.headers.get("Date")) || Date.now();
  const text = await response.text();
  const { headers } = response;
  return new Response(text.replace("<html", `<html data-copy="${at}"`), { headers });
}

const offlinePage = async () => (await find("/offline", OFFLINE)) ?? Response.error();

async function page(event, url) {
  const network = (async () => (await event.preloadResponse) ?? fetch(event.request))();
  const kept = network.then((response) => storePage(url, response.clone()));
  event.waitUntil(kept.catch(() => {}));
  const copy = await find(addressOf(url), MINE, STARRED, SHARED);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const response = await (copy ? Promise.race([network, late]) : network);
    if (response && !(copy && response.status >= 500)) return response;
  } catch {
    // Offline.
  }
  return copy ? copyOf(copy) : offlinePage();
}

// Store a page in the background: it must not count as read.
async function keepPage({ keep: address, starred }) {
  const url = new URL(address, location);
  if (NEVER.test(url.pathname)) return;
  const response = await fetch(url, { headers: { Purpose: "prefetch" } });
  if (!isPage(response) || response.redirected) return;
  const name = !isPrivate(response) ? SHARED : starred ? STARRED : MINE;
  await keep(name, addressOf(url), response);
}

async function refreshOffline() {
  await keep(OFFLINE, "/offline", await fetch("/offline"));
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
addEventListener("message", (event) => event.waitUntil(keepPage(event.data)));
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST") {
    if (CHANGES_READER.test(url.pathname)) event.waitUntil(forget());
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(offlinePage));
  } else if (request.method !== "GET") return;
  else if (url.searchParams.has("v")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});
