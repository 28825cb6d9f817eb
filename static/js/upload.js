// Upload Target List: the dialog, dropping a file, and the progress of sending it. Without script the form is a page.
(() => {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "upload-dialog" || event.target.open) return;
    event.target.showModal();
    event.target.querySelector("input[type=file]").focus();
  });

  // Dropping -----------------------------------------------------------------------------------------------------------

  const zoneOf = (event) => event.target.closest?.("#upload-dialog, [data-upload-form]")?.querySelector("[data-drop]") || event.target.closest?.("[data-drop]");
  const hasFile = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const zone = hasFile(event) && zoneOf(event);
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", name !== "dragleave" && name !== "drop");
      if (name !== "drop") return;
      const input = zone.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  document.addEventListener("change", (event) => {
    const form = event.target.matches("input[type=file]") && event.target.closest("[data-upload-form]");
    if (form) complain(form, tooLarge(form));
  });

  function tooLarge(form) {
    const file = form.elements.file.files[0];
    const most = Number(form.dataset.maxBytes);
    return file && file.size > most ? `${file.name} is larger than ${most / 1e6} MB. Upload fewer columns or rows at a time.` : "";
  }

  function complain(form, text) {
    const place = form.querySelector("[data-upload-error]");
    place.hidden = !text;
    place.querySelector("p").textContent = text;
    return Boolean(text);
  }

  // Sending ------------------------------------------------------------------------------------------------------------

  let request = null;

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-upload-form]");
    if (!form) return;
    event.preventDefault();
    if (request || complain(form, tooLarge(form))) return;
    send(form);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-upload-cancel]")) request?.abort();
  });
  document.addEventListener("close", (event) => {
    if (event.target.id === "upload-dialog") request?.abort();
  }, true);

  function send(form) {
    request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    const begun = Date.now();
    show(form, true);
    tell(form, 0, "Sending");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const seconds = (Date.now() - begun) / 1000;
      const left = Math.ceil((seconds / event.loaded) * (event.total - event.loaded));
      const size = (bytes) => (bytes / 1e6).toFixed(1);
      tell(form, (100 * event.loaded) / event.total, `${size(event.loaded)} of ${size(event.total)} MB, ${left} s left`);
    });
    request.upload.addEventListener("load", () => tell(form, null, "Reading the table and looking up names"));
    request.addEventListener("load", () => answered(form, request));
    request.addEventListener("error", () => ended(form, "The server did not answer. Nothing was uploaded; check the connection and try again."));
    request.addEventListener("abort", () => ended(form, ""));
    request.send(new FormData(form));
  }

  function answered(form, { status, responseText }) {
    let said = {};
    try {
      said = JSON.parse(responseText);
    } catch {
      // Not from the portal itself: a proxy's page.
    }
    if (status === 200 && said.address) {
      request = null;
      location.assign(said.address);
      return;
    }
    const words = said.title ? `${said.title}. ${said.text} ${said.remedy}` : `The server answered ${status}. Nothing was uploaded; try again.`;
    ended(form, words);
  }

  function ended(form, words) {
    request = null;
    show(form, false);
    complain(form, words);
  }

  function show(form, on) {
    form.querySelector("[data-upload-progress]").hidden = !on;
    form.querySelector("[data-upload-cancel]").hidden = !on;
    form.querySelector("[type=submit]").disabled = on;
    if (on) complain(form, "");
  }

  function tell(form, percent, words) {
    const bar = form.querySelector("progress");
    if (percent === null) bar.removeAttribute("value");
    else bar.value = percent;
    form.querySelector("[data-upload-progress] span").textContent = words;
  }
})();
