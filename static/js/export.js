// Dialogs of the toolbar: they open when their content has come; the export's closes when the file is on its way.
(() => {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches("#export-dialog, #match-dialog, #create-column") && !event.target.open) event.target.showModal();
  });
  document.addEventListener("submit", (event) => {
    const dialog = event.target.matches("[data-export-form]") && event.target.closest("dialog");
    if (!dialog) return;
    dialog.close();
    window.announce("The export has started");
  });
})();
