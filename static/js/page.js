// What every page shares: dialogs, messages that close, tool tips, copying, the live region.
(() => {
  const LATE = 300; // ms
  const region = () => document.getElementById("announcement");

  // Say a text to screen readers.
  window.announce = (text) => {
    const place = region();
    if (place) place.textContent = text;
  };

  function openDialog(dialog, opener) {
    dialog.showModal();
    dialog.addEventListener("close", () => opener && opener.focus(), { once: true });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      if (dialog && !dialog.open) {
        event.preventDefault();
        openDialog(dialog, opener);
      }
      return;
    }
    const keys = event.target.closest("[data-keys-open]");
    if (keys) openDialog(document.getElementById("keys"), keys);
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.matches("dialog.dialog")) event.target.close();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".notice").remove();
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
  });

  // What is pressed and not let go of yet, by a pointer or by the space bar: a choice is made by letting go, so nobody may
  // take it from under the hand. What was put off for it is done on "let-go", after the click.
  let pressed = null;
  window.isPressed = (place) => Boolean(pressed && place?.contains(pressed));
  const press = (event) => (pressed = event.target);
  const letGo = (event) => {
    if (!pressed || (event.type === "keyup" && event.key !== " ")) return;
    pressed = null;
    setTimeout(() => document.dispatchEvent(new CustomEvent("let-go")));
  };
  document.addEventListener("pointerdown", press, true);
  document.addEventListener("keydown", (event) => event.key === " " && press(event), true);
  for (const end of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(end, letGo, true);
  window.addEventListener("blur", letGo);

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source ? source.textContent.trim() : new URL(button.dataset.copyText, location.href).href;
    try {
      await navigator.clipboard.writeText(text);
      window.announce("Copied");
      const word = button.querySelector(".copy-word");
      if (word) {
        const before = word.textContent;
        word.textContent = "Copied";
        setTimeout(() => (word.textContent = before), 1500);
      }
    } catch {
      window.prompt("Copy:", text);
    }
  }

  // The boxes that stand for "some": a box cannot be indeterminate in HTML alone.
  function markSome(root) {
    for (const box of root.querySelectorAll("input.tick.some")) box.indeterminate = true;
  }

  // Server messages of a fragment are announced with it.
  document.addEventListener("htmx:afterSwap", (event) => {
    markSome(document);
    const said = event.target.querySelector && event.target.querySelector("[data-announce]");
    if (said) window.announce(said.dataset.announce);
  });

  // An answer that is an error page still has to be seen.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status >= 400 && status < 500 && event.detail.xhr.getResponseHeader("X-Fragment")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // Waiting shows (css/base.css) once it lasts. A delay in the styles would do, but what is to grow pale is then painted
  // anew at once, in a layer of its own, while the answer comes.
  let lasting = 0;
  document.addEventListener("htmx:beforeRequest", () => {
    const isWaiting = () => Boolean(document.querySelector(".htmx-request"));
    if (isWaiting()) return; // for an earlier one
    clearTimeout(lasting);
    document.documentElement.classList.remove("late");
    lasting = setTimeout(() => document.documentElement.classList.toggle("late", isWaiting()), LATE);
  });

  document.addEventListener("htmx:responseError", (event) => {
    window.showNotice(`The server answered ${event.detail.xhr.status}. Nothing was changed; try again.`, "notice-error");
  });
  document.addEventListener("htmx:sendError", () => {
    window.showNotice("The server did not answer. Nothing was changed; check the connection and try again.", "notice-error");
  });

  // A word of the page itself, beside those of the server.
  window.showNotice = (text, tone = "notice-warn") => {
    const place = document.getElementById("messages");
    const notice = document.createElement("div");
    notice.className = `notice ${tone}`;
    notice.setAttribute("role", "status");
    notice.textContent = text;
    place.append(notice);
    setTimeout(() => notice.remove(), 8000);
  };

  // A table's first box ticks all of its rows.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick-all]")) return;
    const rows = event.target.closest("table").querySelectorAll("tbody input.tick");
    for (const box of rows) box.checked = event.target.checked;
  });

  document.addEventListener("DOMContentLoaded", () => markSome(document));
})();
