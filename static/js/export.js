// The export dialog: it opens when its content has come, and closes when the file is on its way.
(() => {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "export-dialog" && !event.target.open) event.target.showModal();
  });
  document.addEventListener("submit", (event) => {
    const dialog = event.target.matches("[data-export-form]") && event.target.closest("dialog");
    if (!dialog) return;
    dialog.close();
    window.announce("The export has started");
  });
})();
