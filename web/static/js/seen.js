// States of entries that changed in this tab: on going back, a browser may show the list from its
// cache, as it was first loaded.
const SEEN = "marsad-seen";

export const recall = () => JSON.parse(sessionStorage[SEEN] ?? "{}");

export function remember(id, state) {
  const seen = recall();
  seen[id] = { ...seen[id], ...state };
  sessionStorage[SEEN] = JSON.stringify(seen);
}
