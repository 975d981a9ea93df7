// The page of an entry: neighbours, back to the list, marks, tags.
import { forward, make, one, post, signedIn, undoLast } from "./page.js";
import { keep } from "./app.js";
import { bind } from "./keyboard.js";
import { remember } from "./seen.js";
import { swipe } from "./swipe.js";

const article = one(".reading[data-id]");
const id = article?.dataset.id;

// Go back to the list where the reader left it, however many entries were opened since.
function goBack(event) {
  const { href } = event.currentTarget;
  const { navigation } = window;
  const passed = navigation?.entries().slice(0, navigation.currentEntry.index).reverse();
  const steps = passed?.findIndex(({ url }) => url === href) ?? (document.referrer === href) - 1;
  if (steps < 0) return;
  event.preventDefault();
  history.go(-1 - steps);
}

// --- forms, submitted without leaving the page ---

const fieldsOf = (form, submitter) => new URLSearchParams(new FormData(form, submitter));

async function sendStar(form) {
  const fields = fieldsOf(form);
  const starred = fields.get("on") === "1";
  showStar(form, starred);
  const done = await post(form.action, fields, () => showStar(form, !starred));
  if (done && starred) keep(location.pathname);
}

function showStar(form, starred) {
  const control = one("button", form);
  const label = starred ? words["entry.unstar"] : words["entry.star"];
  const sign = make("span", { ariaHidden: "true", textContent: starred ? "★" : "☆" });
  one("[name=on]", form).value = starred ? 0 : 1;
  control.classList.toggle("starred", starred);
  control.replaceChildren(sign, ` ${label}`);
  remember(id, { starred });
}

function sendUnread(form) {
  remember(id, { read: false });
  return post(form.action, fieldsOf(form), () => remember(id, { read: true }));
}

async function sendTags(form, submitter) {
  const done = await post(form.action, fieldsOf(form, submitter));
  form.reset();
  if (!done) return;
  const response = await fetch(location, { headers: { Purpose: "prefetch" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  one(".tagging").replaceWith(one(".tagging", page));
}

const FORMS = { ".star-form": sendStar, ".keep-unread": sendUnread, ".tagging form": sendTags };

function submit(event) {
  const kind = Object.keys(FORMS).find((selector) => event.target.matches(selector));
  if (!kind) return;
  event.preventDefault();
  FORMS[kind](event.target, event.submitter);
}

// --- keys and swipes ---

const press = (selector) => () => one(selector)?.click();

if (article) {
  const [next, previous] = [press("a[rel=next]"), press("a[rel=prev]")];
  const arrows = forward > 0 ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  bind(["j", arrows[0]], words["keys.next"], next);
  bind(["k", arrows[1]], words["keys.previous"], previous);
  bind("v", words["keys.original"], () => window.open(one(".original a")?.href, "_blank", "noopener"));
  if (signedIn) {
    bind("m", words["keys.toggle_read"], press(".keep-unread button"));
    bind("s", words["keys.toggle_star"], press(".star-form button"));
    bind("z", words["status.undo"], undoLast);
  }
  bind("u", words["keys.back"], press("a.back"));
  one("a.back")?.addEventListener("click", goBack);
  document.addEventListener("submit", submit);
  swipe(
    article,
    (direction) => (direction > 0 ? previous : next)(),
    (direction) => one(`a[rel=${direction > 0 ? "prev" : "next"}] .label`)?.textContent,
  );
  if (signedIn) {
    remember(id, { read: true });
    if ("copy" in document.documentElement.dataset)
      post(`${root}/entries/read`, new URLSearchParams({ ids: id, on: 1 }));
  }
}
