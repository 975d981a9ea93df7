// The editors' desk: what a rule would bring, as it is written.
import { all, one } from "./page.js";

const form = one(".desk-form");
const place = one("#preview");
const WAIT_MS = 500;
let timer = 0;
let asked = null;

async function preview() {
  asked?.abort();
  asked = new AbortController();
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: asked.signal,
    });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
    const wrong = one("[role=alert]", place);
    one("#rule").toggleAttribute("aria-invalid", Boolean(wrong));
  } catch {
    // another one is on its way, or the network is away: the button still works
  } finally {
    place.removeAttribute("aria-busy");
  }
}

if (form) {
  one("#rule").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(preview, WAIT_MS);
  });
  if (one("#rule").value && !one(".preview-total, [role=alert]", place)) preview();
}

// While a changed rule is being filled in, the page tells how far that is.
if (all("[data-filling]").length) setTimeout(refill, 3000);

async function refill() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = all("[data-filling]", page);
  all("[data-filling]").forEach((old, number) => {
    if (now.length) old.replaceWith(now[number] ?? "");
    else old.remove();
  });
  if (now.length) setTimeout(refill, 3000);
}
