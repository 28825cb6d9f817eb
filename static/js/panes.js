// Panes: side panes fold to a rail, dividers drag, a small screen shows one pane at a time. All of it is remembered.
(() => {
  const KEY = "panes";

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function remember(change) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...change }));
    } catch {
      // Not kept: the panes stand as the style sheet says.
    }
  }

  function fold(pane, folded) {
    pane.classList.toggle("folded", folded);
    remember({ [`${pane.dataset.fold}-folded`]: folded });
    const focus = pane.querySelector(folded ? "[data-unfold]" : "[data-do-fold]");
    if (focus) focus.focus();
  }

  function width(pane, size) {
    const px = Math.round(Math.min(Math.max(size, 150), window.innerWidth * 0.6));
    pane.style.setProperty("--pane-width", `${px}px`);
    document.querySelector(`.divider[data-resizes="${pane.id}"]`)?.setAttribute("aria-valuenow", px);
    return px;
  }

  function restore() {
    const state = remembered();
    for (const pane of document.querySelectorAll("[data-fold]")) {
      const chosen = state[`${pane.dataset.fold}-folded`];
      const narrow = window.innerWidth < 1200 && pane.dataset.fold === "filters";
      pane.classList.toggle("folded", chosen === undefined ? narrow : chosen);
      if (state[`${pane.id}-width`]) width(pane, state[`${pane.id}-width`]);
    }
    show(lastTab);
  }

  let lastTab = "";

  function show(name) {
    const tabs = [...document.querySelectorAll("[data-pane-tab]")];
    if (!tabs.length) return;
    if (!tabs.some((tab) => tab.dataset.paneTab === name)) {
      name = (tabs.find((tab) => tab.getAttribute("aria-selected") === "true") || tabs[0]).dataset.paneTab;
    }
    lastTab = name;
    for (const tab of tabs) {
      const here = tab.dataset.paneTab === name;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
    }
    for (const pane of document.querySelectorAll(".pane[data-pane]")) {
      pane.classList.toggle("shown", pane.dataset.pane === name);
    }
  }

  window.showPane = show;

  document.addEventListener("click", (event) => {
    const folder = event.target.closest("[data-do-fold], [data-unfold]");
    if (folder) fold(folder.closest(".pane"), folder.hasAttribute("data-do-fold"));
    const tab = event.target.closest("[data-pane-tab]");
    if (tab) show(tab.dataset.paneTab);
  });

  document.addEventListener("pointerdown", (event) => {
    const divider = event.target.closest(".divider[data-resizes]");
    if (!divider) return;
    const pane = document.getElementById(divider.dataset.resizes);
    const side = divider.dataset.side === "left" ? 1 : -1;
    const start = event.clientX;
    const before = pane.getBoundingClientRect().width;
    divider.setPointerCapture(event.pointerId);
    const move = (moved) => width(pane, before + side * (moved.clientX - start));
    const stop = () => {
      divider.removeEventListener("pointermove", move);
      remember({ [`${pane.id}-width`]: pane.getBoundingClientRect().width });
    };
    divider.addEventListener("pointermove", move);
    divider.addEventListener("pointerup", stop, { once: true });
    divider.addEventListener("pointercancel", stop, { once: true });
  });

  document.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const step = event.key === "ArrowRight" ? 1 : -1;
    if (event.target.matches(".divider[data-resizes]")) {
      const pane = document.getElementById(event.target.dataset.resizes);
      const side = event.target.dataset.side === "left" ? 1 : -1;
      remember({ [`${pane.id}-width`]: width(pane, pane.getBoundingClientRect().width + 16 * side * step) });
      event.preventDefault();
    } else if (event.target.matches("[data-pane-tab]")) {
      const tabs = [...document.querySelectorAll("[data-pane-tab]")];
      const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
      show(next.dataset.paneTab);
      next.focus();
      event.preventDefault();
    }
  });

  restore(); // the page has been read: scripts are deferred
  document.addEventListener("htmx:afterSwap", restore);
})();
