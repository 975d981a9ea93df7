// The editors' desk: a preview of the rule while it is typed.
import { all, one } from "./page.js";

const form = one(".desk-form");
const place = one("#preview");
const WAIT_MS = 500;
let timer = 0;
let pending = null;

async function preview() {
  pending?.abort();
  pending = new AbortController();
  place.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: pending.signal,
    });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
    const error = one("[role=alert]", place);
    one("#rule").toggleAttribute("aria-invalid", Boolean(error));
  } catch {
    // A newer preview is pending, or the network is down: the button still works.
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

// The slug follows the name in Latin letters until the editor writes one; else the server makes it.
const slug = one("[data-proposed]");

function proposed() {
  const name = one("[name=name_en]").value.trim() || one("[name=name_fr]").value.trim();
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/œ/g, "oe").replace(/[^a-z0-9]+/g, "-").slice(0, slug.maxLength).replace(/^-|-$/g, "");
}

if (slug) {
  let last = slug.value && proposed();
  for (const input of all("[name=name_en], [name=name_fr]"))
    input.addEventListener("input", () => {
      if (slug.value === last) slug.value = last = proposed();
    });
}

// While the entries of a changed rule are filled in, show the progress.
if (all("[data-filling]").length) setTimeout(refreshProgress, 3000);

async function refreshProgress() {
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = all("[data-filling]", page);
  all("[data-filling]").forEach((old, number) => {
    if (now.length) old.replaceWith(now[number] ?? "");
    else old.remove();
  });
  if (now.length) setTimeout(refreshProgress, 3000);
}
