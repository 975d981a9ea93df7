// Copies of pages, in caches by owner; used by the service worker only.

export const OFFLINE = "marsad-offline";
export const SHARED = "marsad-pages";
// Pages of a signed-in reader: purged when they sign out or their session has ended.
export const MINE = "marsad-mine";
export const STARRED = "marsad-starred";
// What `latest.js` saves, pages and pictures, for visitors and for a reader.
export const SAVED = "marsad-saved";
export const SAVED_MINE = "marsad-saved-mine";
const FILES = "marsad-files";

const MAX_FILES = 40;
const ENTRY = /^\/entries\/\d+$/;

// The path below where the site is served.
export const pathOf = ({ pathname }) => pathname.slice(root.length);

export const isEntry = (url) => ENTRY.test(pathOf(url));
export const addressOf = (url) => (isEntry(url) ? url.pathname : url.pathname + url.search);
export const isPage = (response) =>
  response.ok && /^text\/html/.test(response.headers.get("Content-Type"));
export const isPrivate = (response) => /private/.test(response.headers.get("Cache-Control"));
export const dateOf = (response) => Date.parse(response.headers.get("Date")) || 0;

export const find = (address, cacheName) => caches.match(address, { cacheName, ignoreVary: true });

export async function put(cache, address, response) {
  await cache.delete(address, { ignoreVary: true });
  await cache.put(address, response);
}

export async function trim(cache, max, matches) {
  const keys = (await cache.keys()).filter(({ url }) => matches(new URL(url)));
  await Promise.all(keys.slice(0, -max).map((key) => cache.delete(key, { ignoreVary: true })));
}

// A file whose address names its content.
export async function file(request) {
  const known = await find(request, FILES);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(FILES);
    await cache.put(request, response.clone());
    await trim(cache, MAX_FILES, () => true);
  }
  return response;
}

// Store a page and the files that it needs; its text.
export async function putPage(cache, address, response) {
  const text = await response.clone().text();
  await put(cache, address, response);
  const files = [...text.matchAll(/(?:href|src|data-away)="(\/[^"]+\?v=\w+)"/g)];
  await Promise.all(files.map(([, address]) => file(address)));
  return text;
}
