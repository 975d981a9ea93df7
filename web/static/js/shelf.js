// The offline page: lists the copies that can be read.
import { all, make, one } from "./page.js";

async function titleOf(cache, request) {
  const text = await (await cache.match(request, { ignoreVary: true })).text();
  const [heading] = /<h1[^]*?<\/h1>/.exec(text) ?? [""];
  return one("h1", new DOMParser().parseFromString(heading, "text/html"));
}

async function shelve(list, cacheName) {
  const cache = await caches.open(cacheName);
  for (const request of (await cache.keys()).reverse()) {
    const { pathname, search } = new URL(request.url);
    const address = pathname + search;
    const title = await titleOf(cache, request);
    if (!title || one(`[href="${CSS.escape(address)}"]`, list)) continue;
    const { lang, dir, textContent } = title;
    const link = make("a", { href: address, lang, dir, textContent: textContent.trim() });
    list.append(make("li", { dir }, link));
  }
}

async function fill() {
  const list = one(".shelf");
  for (const name of ["marsad-starred", "marsad-mine", "marsad-pages"]) {
    if (await caches.has(name)) await shelve(list, name);
  }
  for (const place of all("[data-shelf]")) place.hidden = !list.children.length;
}

if ("caches" in window) fill();
addEventListener("online", () => location.reload());
