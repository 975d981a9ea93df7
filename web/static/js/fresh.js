// A quiet bar when newer entries have come: asks every 30 s, and only while the page is seen.
// An empty front page, before the first poll, looks more often and fills itself.

const EVERY_MS = 30_000;
const EMPTY_EVERY_MS = 5_000;
const MOST = 50;

const bar = document.querySelector(".fresh");
const { newest, api, home, forms = "{}" } = bar?.dataset ?? {};
const rules = new Intl.PluralRules(document.documentElement.lang);
const empty = newest === "0";
let shown = 0;

async function entries(limit) {
  const answer = await fetch(`${api}?limit=${limit}&collapse=1`, { credentials: "same-origin" });
  return answer.ok ? (await answer.json()).entries : [];
}

async function countNew() {
  const [first] = await entries(1);
  if (!first || String(first.id) === newest) return 0;
  const latest = await entries(MOST);
  const known = latest.findIndex((entry) => String(entry.id) === newest);
  return known < 0 ? latest.length : known;
}

function announce(count) {
  const link = document.createElement("a");
  link.href = home;
  const known = JSON.parse(forms);
  const form = known[rules.select(count)] ?? known.other;
  link.textContent = form.replace("{n}", count < MOST ? count : `${MOST}+`);
  bar.replaceChildren(link);
  shown = count;
}

async function look() {
  if (document.hidden) return;
  try {
    const count = await countNew();
    if (count > 0 && empty) location.reload();
    else if (count > 0 && count !== shown) announce(count);
  } catch {
    // Offline, or the site is restarting: the next look will tell.
  }
}

if (bar) {
  setInterval(look, empty ? EMPTY_EVERY_MS : EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
