// Single-key shortcuts, on any layout, which can be switched off (WCAG 2.1.4).
import { button, make, one } from "./page.js";

const OFF = "marsad-keys-off";
const SEQUENCE_MS = 1500;
const bound = new Map();
const table = [];
let prefix = "";

// `keys`: one key ("j") or two in a row ("g m"), or several that do the same.
export function bind(keys, label, act) {
  for (const key of [keys].flat()) bound.set(key, act);
  table.push({ keys: [keys].flat(), label });
}

// Letters go by the character of the key (AZERTY); if that is no ASCII letter, as on an Arabic
// layout, by its position.
function keyOf({ key, code, shiftKey }) {
  const letter = /^[a-z]$/i.test(key) ? key : !/^[!-~]/.test(key) && /^Key(.)$/.exec(code)?.[1];
  if (letter) return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
  if (code === "Slash" && !/^[!-~]/.test(key)) return shiftKey ? "?" : "/";
  return key;
}

function isHandledElsewhere(event) {
  const { target, key } = event;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return true;
  if (event.ctrlKey || event.altKey || event.metaKey) return true;
  if (target.closest("input, textarea, select, audio, video, dialog, [contenteditable]")) return true;
  return key === "Enter" && target.closest("a, button, summary");
}

addEventListener("keydown", (event) => {
  if (isHandledElsewhere(event)) return;
  const key = keyOf(event);
  const found = bound.get(prefix + key);
  if (!found && key !== "g") prefix = "";
  if (key.length === 1 && localStorage[OFF]) return;
  if (found) {
    prefix = "";
    event.preventDefault();
    found();
  } else if (key === "g") {
    prefix = "g ";
    setTimeout(() => (prefix = ""), SEQUENCE_MS);
  }
});

// --- the table of shortcuts ---

let dialog = null;

const NAMES = { ArrowLeft: "←", ArrowRight: "→" };

function row({ keys, label }) {
  const names = keys.flatMap((key) => [" ", make("kbd", { textContent: NAMES[key] ?? key })]);
  return make("li", {}, label, make("span", { dir: "ltr" }, ...names));
}

function build() {
  const off = make("input", { type: "checkbox", checked: !localStorage[OFF] });
  off.onchange = () => (off.checked ? delete localStorage[OFF] : (localStorage[OFF] = 1));
  const title = make("h2", { id: "keys-title", textContent: words["keys.title"] });
  const close = make("form", { method: "dialog" }, make("button", { textContent: words["keys.close"] }));
  dialog = make(
    "dialog",
    {},
    title,
    make("ul", { className: "rows" }, ...table.map(row)),
    make("label", { className: "tick" }, off, words["keys.on"]),
    close,
  );
  dialog.setAttribute("aria-labelledby", title.id);
  document.body.append(dialog);
}

function help() {
  if (!dialog) build();
  dialog.showModal();
}

const PLACES = { h: "", m: "mine", s: "starred", t: "tags", o: "sources", f: "following" };
const search = one("[type=search]");

// Called last on every page, so that the page's own keys come first in the table.
export function bindPlaces() {
  for (const [key, path] of Object.entries(PLACES)) {
    const link = one(`.masthead a[href="${root}/${path}"]:not(.brand)`);
    if (link) bind(`g ${key}`, link.firstChild.textContent.trim(), () => link.click());
  }
  // On a phone the form is on the search page only.
  const find = () => (search.checkVisibility() ? search.focus() : one(".search-link").click());
  if (search) bind("/", words["keys.search"], find);
  bind("?", words["keys.title"], help);
}
one(".colophon .wrap")?.append(button(words["keys.title"], help));
