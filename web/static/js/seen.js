// What became of entries since this tab was opened: going back, a browser may show a list as it
// came, from its own cache.
const SEEN = "marsad-seen";

export const recall = () => JSON.parse(sessionStorage[SEEN] ?? "{}");

export function remember(id, state) {
  const seen = recall();
  seen[id] = { ...seen[id], ...state };
  sessionStorage[SEEN] = JSON.stringify(seen);
}
