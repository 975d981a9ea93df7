// Follow and mute sources without leaving the page.
import { all, one, post, say } from "./page.js";

async function choose(form, fields) {
  const data = await post(form.action, new URLSearchParams(fields));
  if (!data) return;
  const { on, label, message, folder } = data;
  const mute = form.action.endsWith("/mute");
  for (const same of all(".choice").filter(({ action }) => action === form.action)) {
    one("[name=on]", same).value = on ? 0 : 1;
    one("button span", same).textContent = label;
    one("button", same).className = on || mute ? "quiet" : "secondary";
  }
  one("[data-followed]")?.removeAttribute("hidden");
  one("[data-following]")?.remove(); // the count is out of date
  if (!on || mute) say(message, () => choose(form, { on: on ? 0 : 1, as_before: 1, folder: folder ?? "" }));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".choice")) return;
  event.preventDefault();
  choose(form, { on: one("[name=on]", form).value });
});
