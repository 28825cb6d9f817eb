// The grid: ticks and their count, one menu for all rows, positions in degrees or sexagesimal.
(() => {
  const ticked = new Set(); // obsids, kept while pages and orders change
  const boxes = () => [...document.querySelectorAll("#selection tbody input.tick")];

  function paint(box) {
    const row = box.closest("tr");
    row.classList.toggle("selected", box.checked);
    row.setAttribute("aria-selected", String(box.checked));
    document.dispatchEvent(new CustomEvent("row-ticked", { detail: { obsid: box.value, on: box.checked } }));
  }

  function count() {
    const all = boxes();
    const here = all.filter((box) => box.checked).length;
    const words = `${here} selected`;
    for (const place of document.querySelectorAll("#selected-count, [data-selected-words]")) place.textContent = words;
    for (const head of document.querySelectorAll("[data-tick-all]")) {
      head.checked = here > 0 && here === all.length;
      head.indeterminate = here > 0 && here < all.length;
    }
    const add = document.getElementById("add");
    if (add) add.disabled = here === 0;
    const estimate = document.getElementById("estimate");
    if (estimate && here === 0) estimate.textContent = "";
    if (here > 0) document.body.dispatchEvent(new CustomEvent("ticks-changed"));
    return words;
  }

  function tick(box, on) {
    box.checked = on;
    if (on) ticked.add(box.value);
    else ticked.delete(box.value);
    paint(box);
  }

  function tickAll(on) {
    for (const box of boxes()) tick(box, on);
    window.announce(count());
  }

  function restore() {
    for (const box of boxes()) tick(box, box.checked || ticked.has(box.value));
    count();
    showPositions();
    addTips();
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) tickAll(event.target.checked);
    else if (event.target.matches("#selection tbody input.tick")) {
      tick(event.target, event.target.checked);
      window.announce(count());
    }
  });

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-select]");
    if (choice) tickAll(choice.dataset.select === "all");
    const positions = event.target.closest("[data-positions]");
    if (positions) choosePositions(positions.dataset.positions);
    const opener = event.target.closest("[data-row-menu]");
    if (opener) {
      event.preventDefault();
      openMenu(opener);
    }
  });

  // one menu for all rows
  let menuRow = null;

  function openMenu(opener) {
    const menu = document.getElementById("row-menu");
    menuRow = opener.closest("tr");
    const { obsid, program } = menuRow.dataset;
    menu.querySelector("[data-menu=details]").href = opener.href;
    const programLink = menu.querySelector("[data-menu=program]");
    programLink.hidden = !program;
    if (program) programLink.href = program;
    menu.querySelector("[data-menu=add]").value = obsid;
    const shape = document.querySelector(`.footprint[data-obsid="${obsid}"]`);
    menu.querySelector("[data-menu=sky]").hidden = !shape;
    menu.showPopover();
    const at = opener.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    menu.style.top = `${at.bottom + size.height > window.innerHeight ? at.top - size.height : at.bottom}px`;
    menu.querySelector("a").focus();
    menu.addEventListener("toggle", () => opener.focus(), { once: true });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-menu=sky]") || !menuRow) return;
    document.getElementById("row-menu").hidePopover();
    if (window.showPane) window.showPane("sky");
    document.dispatchEvent(new CustomEvent("show-on-sky", { detail: { obsid: menuRow.dataset.obsid } }));
  });

  // positions
  function choosePositions(choice) {
    const degrees = choice === "other" ? !document.documentElement.classList.contains("degrees") : choice === "degrees";
    try {
      localStorage.setItem("positions", degrees ? "degrees" : "sexagesimal");
    } catch {
      // Chosen for this page only.
    }
    document.documentElement.classList.toggle("degrees", degrees);
    showPositions();
  }

  function showPositions() {
    const degrees = document.documentElement.classList.contains("degrees");
    for (const button of document.querySelectorAll(".segments [data-positions]")) {
      button.setAttribute("aria-pressed", String((button.dataset.positions === "degrees") === degrees));
    }
    document.dispatchEvent(new CustomEvent("positions-changed"));
  }

  function addTips() {
    for (const place of document.querySelectorAll("[data-tip]")) {
      bootstrap.Tooltip.getOrCreateInstance(place, { title: place.dataset.tip, placement: "bottom", trigger: "hover" });
    }
  }

  document.addEventListener("DOMContentLoaded", restore);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "results") return;
    for (const place of document.querySelectorAll("[data-tip]")) bootstrap.Tooltip.getInstance(place)?.dispose();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "estimate") restore();
  });
})();
