// Fingers, mirrored where text runs from right to left. Vertical scrolling stays the browser's own:
// `touch-action` in the style sheet takes only horizontal movements away from it.
import { forward } from "./page.js";

const FAR = 80;
const EDGE = 24;

// `act(direction)`: 1 is onward in the direction of reading. `offer(direction)`: what would happen.
export function swipe(element, act, offer) {
  let from = null;
  let moved = 0;
  const end = () => {
    element.style.transform = "";
    delete document.body.dataset.hint;
    from = null;
    moved = 0;
  };
  element.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX }) => {
    const inside = clientX > EDGE && clientX < innerWidth - EDGE;
    if (pointerType === "touch" && isPrimary && inside) from = clientX;
  });
  element.addEventListener("pointermove", ({ clientX }) => {
    if (from === null || visualViewport.scale > 1) return;
    moved = clientX - from;
    const direction = moved * forward > 0 ? 1 : -1;
    const hint = Math.abs(moved) > FAR / 4 && offer(direction);
    if (!hint) return;
    document.body.dataset.hint = hint;
    element.style.transform = `translateX(${moved}px)`;
  });
  element.addEventListener("pointerup", () => {
    const far = Math.abs(moved) > FAR;
    const direction = moved * forward > 0 ? 1 : -1;
    end();
    if (far) act(direction);
  });
  element.addEventListener("pointercancel", end);
}

visualViewport.addEventListener("resize", () =>
  document.body.classList.toggle("zoomed", visualViewport.scale > 1),
);
