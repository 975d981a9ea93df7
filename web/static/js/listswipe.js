// On a list: a swipe towards the end of the line marks an entry, the other way stars it.
import { all, signedIn } from "./page.js";
import { readLabel, starLabel, toggleRead, toggleStar } from "./list.js";
import { swipe } from "./swipe.js";

if (signedIn) {
  for (const entry of all(".entries article[data-id]")) {
    swipe(
      entry,
      (direction) => (direction > 0 ? toggleRead : toggleStar)(entry),
      (direction) => (direction > 0 ? readLabel : starLabel)(entry),
    );
  }
}
