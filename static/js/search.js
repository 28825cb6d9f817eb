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
})();
