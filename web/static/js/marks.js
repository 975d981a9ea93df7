// Without a network: what is not saved is marked, and a press on it says what to do. Loaded only
// then, and by itself: it imports nothing.

const ENTRY = /^\/entries\/\d+$/;
const status = document.querySelector("#status");
const copied = "copy" in document.documentElement.dataset;
// The addresses that can be opened; null with a network.
let saved = null;

const addressOf = ({ origin, pathname, search }) =>
  origin + (ENTRY.test(pathname.slice(root.length)) ? pathname : pathname + search);
const isSaved = (link) => saved.has(addressOf(link));

async function savedAddresses() {
  const found = new Set([`${location.origin}${root}/offline`]);
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) found.add(addressOf(new URL(url)));
  return found;
}

function mark(link) {
  link.querySelector(".unsaved")?.remove();
  if (!saved || isSaved(link)) return;
  const { lang, dir } = document.documentElement;
  const label = document.createElement("span");
  Object.assign(label, { className: "badge unsaved", lang, dir, textContent: words["offline.unsaved"] });
  link.append(" ", label);
}

async function look() {
  saved = copied || !navigator.onLine ? await savedAddresses() : null;
  document.querySelectorAll("main :is(.title > a, a.neighbour)").forEach(mark);
}

// A picture that is not saved leaves its place empty.
const hideLost = (image) => {
  image.hidden = true;
};

function showPictures() {
  for (const image of document.querySelectorAll("img[hidden]")) {
    image.hidden = false;
    image.src = image.src;
  }
}

function explain() {
  const notice = document.createElement("div");
  notice.className = "notice toast";
  const link = document.createElement("a");
  Object.assign(link, { href: `${root}/offline`, textContent: words["offline.shelf"] });
  notice.append(words["offline.unsaved_text"], " ", link);
  status.replaceChildren(notice);
}

function stop(event) {
  const link = event.target.closest?.("a[href]");
  if (navigator.onLine || !saved || link?.origin !== location.origin) return;
  if (link.hash && addressOf(link) === addressOf(location)) return;
  if (isSaved(link)) return;
  event.preventDefault();
  event.stopPropagation();
  explain();
}

if ("caches" in window) {
  addEventListener("click", stop, true);
  addEventListener("error", ({ target }) => target.matches?.("main img") && hideLost(target), true);
  [...document.images].filter((each) => each.complete && !each.naturalWidth).forEach(hideLost);
  addEventListener("online", look);
  addEventListener("online", showPictures);
  addEventListener("offline", look);
  look();
}
