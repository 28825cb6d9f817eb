// The search panel: hint, examples and help follow the collection.
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.id !== "collection") return;
    const chosen = event.target.selectedOptions[0];
    const box = document.getElementById("q");
    box.placeholder = chosen.dataset.hint;
    box.setAttribute("aria-describedby", `help-${chosen.value}`);
    for (const line of document.querySelectorAll("[data-collection]")) {
      line.hidden = line.dataset.collection !== chosen.value;
    }
  });

  // The help beside the box closes with Esc, and with a click elsewhere.
  const help = () => document.querySelector("#search-help[open]");
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && help();
    if (!open) return;
    open.open = false;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const open = help();
    if (open && !open.contains(event.target)) open.open = false;
  });

  // Advanced Search opens with the criteria in the address, which change without this panel being drawn anew.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-advanced]");
    if (link && document.getElementById("results")) link.search = location.search;
  });
})();
