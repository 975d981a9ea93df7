// Shared by all pages: find and make elements, show messages, send what a reader does.
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
let undoLatest = null;
export const undoLast = () => undoLatest?.();

const SHOWN_MS = 15_000;
let timer = 0;

export function say(message, undo) {
  undoLatest = undo;
  const parts = undo ? [message, " ", button(words["status.undo"], undo)] : [message];
  status.replaceChildren(make("div", { className: "notice toast" }, ...parts));
  clearTimeout(timer);
  timer = setTimeout(() => status.replaceChildren(), SHOWN_MS);
}

const token = one("meta[name=csrf-token]")?.content;

// The JSON of the response; null if it failed or was queued for when the network is back.
// `revert` restores the page after an undo or a refusal.
export async function post(url, fields, revert, options) {
  let response;
  try {
    if (!options) await flush().catch(() => {}); // keep the order of actions
    response = await send(url, String(fields), token, options);
    if (response.status === 400) response = await send(url, String(fields), await freshToken(), options);
  } catch {
    const kept = await enqueue(url, String(fields));
    say(kept ? words["offline.later"] : words["offline.failed"]);
    if (!kept) revert?.();
    return null;
  }
  const json = response.headers.get("Content-Type")?.includes("json");
  const data = json ? await response.json() : {};
  showResult(data, revert);
  if (response.ok) return data;
  revert?.();
  return null;
}

function showResult({ error, message, undo, unread, total_unread: total }, revert) {
  const back = async () => {
    if (await post(`${root}/entries/undo`, new URLSearchParams({ undo }))) revert?.();
  };
  const text = error?.message ?? message;
  if (text) say(text, undo && back);
  for (const [slug, count] of Object.entries(unread ?? {})) setCount(`[data-unread="${slug}"]`, count);
  if (total !== undefined) setCount("[data-unread-total]", total);
}

function setCount(selector, count) {
  for (const place of all(selector)) place.textContent = count > 999 ? "999+" : count || "";
}
