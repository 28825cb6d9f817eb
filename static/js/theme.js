// What must be known before anything is drawn: light or dark, degrees or sexagesimal, and that the page is opening, when a
// grid draws the rows that can be seen and leaves the others for a moment later. Runs in the head.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return "system";
    }
  }

  function show() {
    const choice = chosen();
    root.dataset.bsTheme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
      button.classList.toggle("active", button.dataset.themeChoice === choice);
    }
  }

  root.classList.add("js", "opening");

  window.opened = () => root.classList.remove("opening");

  // Once what can be seen has been painted, that of the sky too where there is one, and the browser has nothing better to do.
  window.skyPainted = null;
  const idle = window.requestIdleCallback || ((act) => setTimeout(act));
  const openSoon = () => Promise.resolve(window.skyPainted).then(() => {
    requestAnimationFrame(() => idle(window.opened, { timeout: 400 }));
  });
  try {
    root.classList.toggle("degrees", localStorage.getItem("positions") === "degrees");
  } catch {
    // Sexagesimal, then.
  }
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    openSoon();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "results" && event.detail.shouldSwap) root.classList.add("opening");
  });
  document.addEventListener("htmx:afterSettle", openSoon);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try {
      localStorage.setItem("theme", button.dataset.themeChoice);
    } catch {
      // A browser that keeps nothing follows the system.
    }
    show();
  });
})();
