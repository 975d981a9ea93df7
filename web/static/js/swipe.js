// Swipes, mirrored for right-to-left text. Vertical scrolling is left to the browser:
// `touch-action` in the style sheet takes only horizontal movements from it.
import { forward } from "./page.js";

const FAR = 80;
const EDGE = 24;

// `act(direction)`: 1 is forward in reading direction. `offer(direction)`: the label of the action.
export function swipe(element, act, offer) {
  let from = null;
  let moved = 0;
  const end = () => {
    element.style.transform = "";
    delete document.body.dataset.hint;
    from = null;
    moved = 0;
  };
  element.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX, clientY }) => {
    const inside = clientX > EDGE && clientX < innerWidth - EDGE;
    if (pointerType === "touch" && isPrimary && inside) from = [clientX, clientY];
  });
  element.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (!from || visualViewport.scale > 1) return;
    const [across, along] = [clientX - from[0], clientY - from[1]];
    if (!moved && Math.abs(across) <= Math.max(Math.abs(along), FAR / 8)) return;
    moved = across;
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
  // Without preventDefault Chromium takes the end of a swipe for a fling, and the next tap only
  // stops that.
  const ours = (event) => moved && event.cancelable && event.preventDefault();
  element.addEventListener("touchmove", ours, { passive: false });
  element.addEventListener("pointercancel", end);
}

visualViewport.addEventListener("resize", () =>
  document.body.classList.toggle("zoomed", visualViewport.scale > 1),
);
