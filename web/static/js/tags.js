// Suggestions for every tag of a comma-separated list, not only for the first.

const input = document.querySelector("#tags");
const list = document.querySelector("#known-tags");
const known = [...list.options].map((option) => option.value);

function suggest() {
  const typed = input.value;
  const comma = Math.max(typed.lastIndexOf(","), typed.lastIndexOf("،"));
  const before = comma < 0 ? "" : `${typed.slice(0, comma + 1)} `;
  const taken = new Set(before.split(/[,،]/).map((tag) => tag.trim()));
  list.replaceChildren(
    ...known.filter((tag) => !taken.has(tag)).map((tag) => new Option("", before + tag)),
  );
}

input.addEventListener("input", suggest);
