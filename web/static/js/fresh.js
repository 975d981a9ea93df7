// A quiet bar that announces newer entries: checks every 30 s, and only while the page is visible.
// An empty front page, before the first poll, checks more often and reloads itself.

const EVERY_MS = 30_000;
const EMPTY_EVERY_MS = 5_000;
const MAX = 50;

const bar = document.querySelector(".fresh");
const { newest, api, home, forms = "{}" } = bar?.dataset ?? {};
const rules = new Intl.PluralRules(document.documentElement.lang);
const empty = newest === "0";
let shown = 0;

async function entries(limit) {
  const response = await fetch(`${api}?limit=${limit}&collapse=1`, { credentials: "same-origin" });
  return response.ok ? (await response.json()).entries : [];
}

async function countNew() {
  const [first] = await entries(1);
  if (!first || String(first.id) === newest) return 0;
  const latest = await entries(MAX);
  const known = latest.findIndex((entry) => String(entry.id) === newest);
  return known < 0 ? latest.length : known;
}

function announce(count) {
  const link = document.createElement("a");
  link.href = home;
  const known = JSON.parse(forms);
  const form = known[rules.select(count)] ?? known.other;
  link.textContent = form.replace("{n}", count < MAX ? count : `${MAX}+`);
  bar.replaceChildren(link);
  shown = count;
}

async function check() {
  if (document.hidden) return;
  try {
    const count = await countNew();
    if (count > 0 && empty) location.reload();
    else if (count > 0 && count !== shown) announce(count);
  } catch {
    // Offline, or the site is restarting: try again next time.
  }
}

if (bar) {
  setInterval(check, empty ? EMPTY_EVERY_MS : EVERY_MS);
  document.addEventListener("visibilitychange", check);
}
