// What every page can do: find and make elements, say something, send what a reader does.
import { enqueue, flush } from "./queue.js";

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const signedIn = "signedIn" in document.body.dataset;
export const forward = document.dir === "rtl" ? -1 : 1;

export function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export const button = (textContent, onclick) =>
  make("button", { type: "button", className: "quiet", textContent, onclick });

const status = one("#status");
let takeBack = null;
export const undoLast = () => takeBack?.();

const SHOWN_MS = 15_000;
let timer = 0;

export function say(message, undo) {
  takeBack = undo;
  const parts = undo ? [message, " ", button(words["status.undo"], undo)] : [message];
  status.replaceChildren(make("div", { className: "notice toast" }, ...parts));
  clearTimeout(timer);
  timer = setTimeout(() => status.replaceChildren(), SHOWN_MS);
}

const token = one("meta[name=csrf-token]")?.content;

// The server's answer; null where it is not there and what was done waits in the queue.
// `revert` puts the page back when it is undone or refused.
export async function post(url, fields, revert, options) {
  let answer;
  try {
    if (!options) await flush().catch(() => {}); // in the order in which it was done
    answer = await send(url, String(fields), token, options);
    if (answer.status === 400) answer = await send(url, String(fields), await freshToken(), options);
  } catch {
    const kept = await enqueue(url, String(fields));
    say(kept ? words["offline.later"] : words["offline.failed"]);
    if (!kept) revert?.();
    return null;
  }
  const json = answer.headers.get("Content-Type")?.includes("json");
  const data = json ? await answer.json() : {};
  tell(data, revert);
  if (answer.ok) return data;
  revert?.();
  return null;
}

function tell({ error, message, undo, unread, total_unread: total }, revert) {
  const back = async () => {
    if (await post("/entries/undo", new URLSearchParams({ undo }))) revert?.();
  };
  const text = error?.message ?? message;
  if (text) say(text, undo && back);
  for (const [slug, count] of Object.entries(unread ?? {})) setCount(`[data-unread="${slug}"]`, count);
  if (total !== undefined) setCount("[data-unread-total]", total);
}

function setCount(selector, count) {
  for (const place of all(selector)) place.textContent = count > 999 ? "999+" : count || "";
}
