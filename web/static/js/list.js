// A list of entries: one is selected, and can be opened, marked and starred from the list.
import { all, button, make, one, post, signedIn, undoLast } from "./page.js";
import { keep } from "./app.js";
import { bind } from "./keyboard.js";
import { recall, remember } from "./seen.js";

const list = one(".entries");
const ARTICLE = "article[data-id]";
let current = null;

const idsOf = ({ dataset }) => (dataset.ids ?? dataset.id).split(" ");
const linkOf = (entry) => one(".title a", entry) ?? entry;
const stops = () =>
  [...all(`${ARTICLE}, .fold > summary`, list), ...all(".pages a[rel=next]")].filter((stop) =>
    stop.checkVisibility(),
  );

function select(stop) {
  current?.classList.remove("selected");
  current = stop;
  stop.classList.add("selected");
  if (stop.dataset.id) history.replaceState({ at: stop.dataset.id }, "");
}

function step(by) {
  const all = stops();
  const at = all.indexOf(current);
  const first = all.findIndex((stop) => stop.getBoundingClientRect().top >= 0);
  const stop = all[at < 0 ? first : at + by];
  if (!stop) return;
  select(stop);
  linkOf(stop).focus({ preventScroll: true });
  stop.scrollIntoView({ block: "nearest" });
}

// --- read and starred ---

function show(entries, read) {
  for (const entry of entries) {
    entry.classList.toggle("read", read);
    remember(entry.dataset.id, { read });
  }
}

// Mark entries; on failure or undo they look as before.
export async function mark(entries, read, options) {
  const changing = entries.filter((entry) => entry.classList.contains("read") !== read);
  if (!changing.length) return;
  show(changing, read);
  // A card has the ids of the last entries of its story only: the server marks all the others.
  const stories = changing.map(({ dataset }) => dataset.story).filter(Boolean);
  const fields = { ids: changing.map(idsOf), stories, on: read ? 1 : 0 };
  await post(`${root}/entries/read`, new URLSearchParams(fields), () => show(changing, !read), options);
}

export const toggleRead = (entry) => mark([entry], !entry.classList.contains("read"));

async function markList(fields, entries) {
  const changing = entries.filter((entry) => !entry.classList.contains("read"));
  const revert = () => show(changing, false);
  const data = await post(`${root}/entries/read-all`, fields, revert);
  const changed = new Set(data?.changed);
  const partly = fields.has("older_than");
  show(partly ? changing.filter((entry) => idsOf(entry).every((id) => changed.has(+id))) : changing, true);
}

// Most of the front page is not in order of time: "above" means only the story itself there.
const ranked = (entry) => entry.closest(".ranked");

function markAll(above) {
  if (above && ranked(above)) return mark([above], true);
  const { query, upTo } = list.dataset;
  const fields = new URLSearchParams(query);
  fields.set("up_to", upTo);
  if (above) fields.set("above", above.dataset.place ?? above.dataset.id);
  const entries = [...all(ARTICLE, list)];
  if (!above) return markList(fields, entries);
  const upToIt = entries.slice(0, entries.indexOf(above) + 1);
  return markList(fields, upToIt.filter((entry) => !ranked(entry)));
}

export async function toggleStar(entry) {
  const old = one(".byline .star", entry);
  showStar(entry, !old);
  const address = `${root}/entries/${entry.dataset.id}/star`;
  const fields = new URLSearchParams({ on: old ? 0 : 1 });
  const done = await post(address, fields, () => showStar(entry, old));
  if (done && !old) keep(new URL(linkOf(entry).href).pathname);
}

function showStar(entry, starred) {
  one(".byline .star", entry)?.remove();
  remember(entry.dataset.id, { starred: Boolean(starred) });
  if (!starred) return;
  const label = words["entry.starred"];
  const text = make("span", { className: "unseen", textContent: ` ${label}` });
  one(".byline time", entry).after(" ", make("span", { className: "star", title: label }, "★", text));
}

export const readLabel = ({ classList }) =>
  classList.contains("read") ? words["keys.unread"] : words["keys.read"];
export const starLabel = (entry) =>
  one(".byline .star", entry) ? words["entry.unstar"] : words["entry.star"];

async function openOriginal(entry) {
  const response = await fetch(`${root}/api/v1/entries/${entry.dataset.id}`);
  const { url } = await response.json();
  if (!/^https?:/.test(url)) return;
  window.open(url, "_blank", "noopener");
  if (signedIn) mark([entry], true);
}

// --- actions on one entry, for touch ---

function actions(entry) {
  const line = make("span", { className: "acts" });
  const row = (label, act) =>
    button(label, () => {
      line.remove();
      act(entry);
    });
  line.append(
    row(readLabel(entry), toggleRead),
    row(starLabel(entry), toggleStar),
    row(words["keys.above"], markAll),
    row(words["keys.original"], openOriginal),
  );
  return line;
}

function toggleActions(entry, dots) {
  const open = one(".acts", entry);
  open ? open.remove() : one(".byline", entry).append(actions(entry));
  select(entry);
  dots.ariaExpanded = !open;
}

function addDots(entry) {
  const dots = button("⋯", () => toggleActions(entry, dots));
  dots.ariaLabel = words["keys.actions"];
  dots.ariaExpanded = false;
  one(".byline", entry)?.append(dots);
}

// --- keys, and returning to the list ---

const onEntry = (act) => () => current?.dataset.id && act(current);
const open = () => current && (current.matches("summary, a") ? current : linkOf(current)).click();

function filterUnread() {
  const { searchParams } = new URL(location);
  searchParams.delete("cursor");
  searchParams.get("unread") ? searchParams.delete("unread") : searchParams.set("unread", 1);
  location.search = searchParams;
}

const isBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

// An old page shows what was done to its entries since; a new one updates what this tab remembers.
function catchUp(old) {
  const seen = recall();
  for (const entry of all(ARTICLE, list)) {
    const { read, starred } = seen[entry.dataset.id] ?? {};
    if (old) {
      if (read !== undefined) show([entry], read);
      if (starred !== undefined) showStar(entry, starred);
    } else if (entry.dataset.id in seen) {
      const now = { read: entry.classList.contains("read"), starred: !!one(".byline .star", entry) };
      remember(entry.dataset.id, now);
    }
  }
}

if (list) {
  bind("j", words["keys.next"], () => step(1));
  bind("k", words["keys.previous"], () => step(-1));
  bind(["o", "Enter"], words["keys.open"], open);
  bind("v", words["keys.original"], onEntry(openOriginal));
  if (signedIn) {
    bind("m", words["keys.toggle_read"], onEntry(toggleRead));
    bind("s", words["keys.toggle_star"], onEntry(toggleStar));
    bind("A", words["keys.all"], () => markAll());
    bind("z", words["status.undo"], undoLast);
    bind("u", words["keys.filter_unread"], filterUnread);
    for (const entry of all(ARTICLE, list)) addDots(entry);
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches('[action$="/entries/read-all"]')) return;
    event.preventDefault();
    const fields = new FormData(event.target, event.submitter);
    markList(new URLSearchParams(fields), all(ARTICLE, list));
  });
  list.addEventListener("focusin", ({ target }) => {
    const entry = target.closest(ARTICLE);
    if (entry && entry !== current) select(entry);
  });
  addEventListener("pageshow", ({ persisted }) =>
    catchUp(persisted || isBack() || "copy" in document.documentElement.dataset),
  );
  const before = history.state?.at && one(`[data-id="${history.state.at}"]`, list);
  if (before) select(before);
}
