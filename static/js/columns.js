// Edit Columns: find, tick, order. Headings can be dragged; with the keyboard, Alt and an arrow move one.
(() => {
  const form = () => document.getElementById("columns-form");
  const lines = () => [...form().querySelectorAll("li")];
  const lineOf = (name) => lines().find((line) => line.querySelector("input").value === name);
  const shown = () => lines().filter((line) => line.querySelector("input").checked);

  function apply() {
    form().requestSubmit(form().querySelector("[name=apply]"));
  }

  // in the list
  document.addEventListener("click", (event) => {
    const move = event.target.closest("#columns-form [name=earlier], #columns-form [name=later]");
    if (move) {
      event.preventDefault();
      const line = move.closest("li");
      const other = move.name === "earlier" ? line.previousElementSibling : line.nextElementSibling;
      if (other) other[move.name === "earlier" ? "before" : "after"](line);
      move.focus();
      window.announce(`${line.querySelector("label").textContent.trim()}: place ${lines().indexOf(line) + 1}`);
      return;
    }
    const all = event.target.closest("[data-columns]");
    if (all) for (const line of lines()) line.querySelector("input").checked = all.dataset.columns === "all";
    const open = document.getElementById("edit-columns");
    if (open?.open && !open.contains(event.target)) open.open = false;
  }, true);

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find-column]")) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const line of lines()) {
      const words = `${line.textContent} ${line.querySelector("input").value}`.toLowerCase();
      line.hidden = !words.includes(wanted);
    }
  });

  document.addEventListener("keydown", (event) => {
    const open = event.target.closest("details.edit-columns[open], details.help-tip[open]");
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
      event.preventDefault();
    }
    if (event.key === "Enter" && event.target.matches("[data-find-column]")) event.preventDefault();
    const heading = event.altKey && event.target.closest("th[data-column]");
    if (!heading || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const order = shown();
    const line = lineOf(heading.dataset.column);
    const other = order[order.indexOf(line) + (event.key === "ArrowLeft" ? -1 : 1)];
    if (!other) return;
    other[event.key === "ArrowLeft" ? "before" : "after"](line);
    apply();
  });

  // a created column gets the focus when it has come
  let created = "";

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-create-form]")) created = event.target.querySelector("[name=name]").value.trim();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "results" || !created) return;
    document.getElementById(`h-${created}`)?.focus();
    created = "";
  });

  // Edit Columns stays out of the way of what it opened
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "create-column") document.getElementById("edit-columns").open = false;
  });

  // dragging a heading
  let dragged = null;

  document.addEventListener("dragstart", (event) => {
    const heading = event.target.closest?.("th[data-column]");
    if (!heading) return;
    dragged = heading.dataset.column;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });

  const over = (event) => (dragged ? event.target.closest?.("th[data-column]") : null);
  const isAfter = (event, heading) => {
    const frame = heading.getBoundingClientRect();
    return event.clientX > frame.left + frame.width / 2;
  };

  document.addEventListener("dragover", (event) => {
    const heading = over(event);
    if (!heading) return;
    event.preventDefault();
    clear();
    heading.classList.add(isAfter(event, heading) ? "drop-after" : "drop-before");
  });

  document.addEventListener("drop", (event) => {
    const heading = over(event);
    if (!heading) return;
    event.preventDefault();
    const line = lineOf(dragged);
    const other = lineOf(heading.dataset.column);
    if (line && other && line !== other) {
      other[isAfter(event, heading) ? "after" : "before"](line);
      apply();
    }
  });

  document.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });

  function clear() {
    for (const heading of document.querySelectorAll(".drop-before, .drop-after")) {
      heading.classList.remove("drop-before", "drop-after");
    }
  }
})();
