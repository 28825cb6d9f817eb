// The search panel: hint and examples follow the collection.
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

  // Advanced Search opens with the criteria in the address, which change without this panel being drawn anew.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-advanced]");
    if (link && document.getElementById("results")) link.search = location.search;
  });
})();
