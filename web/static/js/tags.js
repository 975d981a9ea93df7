// Suggest tags for every position of a comma-separated list, not only the first.

function suggest({ target }) {
  if (target.id !== "tags") return;
  const list = document.querySelector("#known-tags");
  const { value } = target;
  const typed = value.match(/^.*[,،;؛]/)?.[0];
  const before = typed ? `${typed} ` : "";
  const taken = new Set(before.split(/[,،;؛]/).map((tag) => tag.trim()));
  list.known ??= [...list.options].map((option) => option.value);
  list.replaceChildren(
    ...list.known.filter((tag) => !taken.has(tag)).map((tag) => new Option("", before + tag)),
  );
}

document.addEventListener("input", suggest);
