// Lists the copies that can be read.
import { all, make, one } from "./page.js";

async function titleOf(cache, request) {
  const text = await (await cache.match(request, { ignoreVary: true })).text();
  const [heading] = /<h1[^]*?<\/h1>/.exec(text) ?? [""];
  return one("h1", new DOMParser().parseFromString(heading, "text/html"));
}

async function shelve(list, cacheName) {
  const cache = await caches.open(cacheName);
  const keys = await cache.keys();
  // Visited pages: the last first. Saved ones stand in the order of their list.
  if (!cacheName.startsWith("marsad-saved")) keys.reverse();
  for (const request of keys) {
    const { origin, pathname, search } = new URL(request.url);
    if (origin !== location.origin || pathname === location.pathname) continue;
    const address = pathname + search;
    const title = await titleOf(cache, request);
    const { lang, dir, textContent = "" } = title ?? {};
    const text = textContent.trim();
    // A story and its article have the same title: the story leads to the article.
    if (!text || all("a", list).some((link) => link.textContent === text)) continue;
    list.append(make("li", { dir }, make("a", { href: address, lang, dir, textContent: text })));
  }
}

async function fill() {
  const list = one(".shelf");
  list.replaceChildren();
  for (const name of ["marsad-starred", "marsad-saved-mine", "marsad-mine", "marsad-saved", "marsad-pages"]) {
    if (await caches.has(name)) await shelve(list, name);
  }
  for (const place of all("[data-shelf]")) place.hidden = !list.children.length;
}

const saving = one("[data-saving]");
if (saving) addEventListener("saved", fill);
else if ("caches" in window) fill();
// Instead of a page that could not be loaded: it is, once there is a network, unless the reader has
// gone on to another.
let leaving = false;
addEventListener("beforeunload", () => (leaving = true));
if (!saving && location.pathname !== `${root}/offline`)
  addEventListener("online", () => leaving || location.reload());
