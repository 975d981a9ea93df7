// Copying and sharing addresses: the system's sheet where there is one, else the menu of the page.
import { all, one, say } from "./page.js";

async function copy({ currentTarget: { dataset } }) {
  await navigator.clipboard.writeText(dataset.copy);
  say(words["share.copied"]);
}

for (const control of all("[data-copy]")) {
  control.hidden = !navigator.clipboard;
  control.onclick = copy;
}

if (navigator.share) {
  for (const menu of all("[data-share]")) {
    one("summary", menu).onclick = (event) => {
      event.preventDefault();
      navigator.share({ url: menu.dataset.share, title: menu.dataset.title }).catch(() => {});
    };
  }
}
