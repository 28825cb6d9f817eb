// The grid: selection across pages, sorting by several columns, order of columns, one menu for all rows, positions.
(() => {
  const results = () => document.getElementById("results");
  const form = () => document.getElementById("selection");
  const boxes = () => [...document.querySelectorAll("#selection tbody input.tick")];

  // selection: obsids, kept in the browser's tab for each search whatever its page, order or filters ---------------------

  let ticked = new Set();
  let searched = "";

  function load() {
    const search = form()?.dataset.search || location.pathname;
    if (search === searched) return;
    searched = search;
    try {
      ticked = new Set(JSON.parse(sessionStorage.getItem(`selection:${search}`)) || []);
    } catch {
      ticked = new Set();
    }
  }

  function keep() {
    try {
      if (ticked.size) sessionStorage.setItem(`selection:${searched}`, JSON.stringify([...ticked]));
      else sessionStorage.removeItem(`selection:${searched}`);
    } catch {
      // Kept for this page only.
    }
  }

  function paint(box) {
    const row = box.closest("tr");
    row.classList.toggle("selected", box.checked);
    row.setAttribute("aria-selected", String(box.checked));
  }

  // Selected rows that are not on this page travel with the form too.
  function bringOthers(all) {
    if (!form()) return;
    let place = document.getElementById("selected-elsewhere");
    if (!place) {
      place = document.createElement("div");
      place.id = "selected-elsewhere";
      place.hidden = true;
      form().append(place);
    }
    const here = new Set(all.map((box) => box.value));
    place.replaceChildren(...[...ticked].filter((obsid) => !here.has(obsid)).map((obsid) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "obsid", value: obsid });
      return field;
    }));
  }

  // Subscribe is to the selected rows where there are any; the form takes a hundred, and says so of more.
  function subscribeToSelected() {
    const link = document.getElementById("subscribe");
    if (!link) return;
    link.dataset.programs ||= link.href;
    const rows = [...ticked].slice(0, 101).map((obsid) => `obsid=${obsid}`).join("&");
    link.href = rows ? `${link.dataset.address}?${rows}` : link.dataset.programs;
  }

  function count() {
    const all = boxes();
    subscribeToSelected();
    const here = all.filter((box) => box.checked).length;
    const words = `${ticked.size.toLocaleString("en")} selected`;
    bringOthers(all);
    for (const place of document.querySelectorAll("#selected-count, [data-selected-words]")) place.textContent = words;
    for (const head of document.querySelectorAll("[data-tick-all]")) {
      head.checked = here > 0 && here === all.length;
      head.indeterminate = here > 0 && here < all.length;
    }
    for (const button of document.querySelectorAll("#add, [data-select=only], [data-select=others]")) {
      button.disabled = ticked.size === 0;
    }
    markDisplay();
    const spectra = document.getElementById("draw-spectra");
    if (spectra) spectra.disabled = ticked.size === 0 || ticked.size > 10;
    const estimate = document.getElementById("estimate");
    if (estimate && ticked.size === 0) estimate.textContent = "";
    document.dispatchEvent(new CustomEvent("selection-changed", { detail: { obsids: [...ticked] } }));
    if (ticked.size > 0) document.body.dispatchEvent(new CustomEvent("ticks-changed"));
    return words;
  }

  function tick(box, on) {
    box.checked = on;
    if (on) ticked.add(box.value);
    else ticked.delete(box.value);
    paint(box);
  }

  function changed() {
    keep();
    window.announce(count());
  }

  function tickAll(wanted) {
    for (const box of boxes()) tick(box, wanted(box));
    changed();
  }

  // Every row of the search, whatever page it is on; null when there are too many.
  async function searchRows() {
    const answer = await fetch(`${form().dataset.rows}?${form().dataset.query}`);
    const found = await answer.json().catch(() => ({ refusal: "The server did not answer; try again." }));
    if (found.refusal) window.showNotice(found.refusal);
    return found.obsids || null;
  }

  async function selectResults(wanted) {
    const obsids = await searchRows();
    if (!obsids) return;
    for (const obsid of obsids) {
      if (wanted(obsid)) ticked.add(obsid);
      else ticked.delete(obsid);
    }
    for (const box of boxes()) tick(box, ticked.has(box.value));
    changed();
  }

  // Table Display: a filter like any other, which stands in the address and as a chip.
  const displayed = () => new URLSearchParams(form()?.dataset.query).getAll("f.obsid");

  function display(sign) {
    const most = Number(form().dataset.most);
    if (ticked.size > most) {
      window.showNotice(`Table Display tells at most ${most} selected rows apart. Select fewer, or use the filters.`);
      return;
    }
    show([...ticked].map((obsid) => sign + obsid));
  }

  function show(words) {
    const query = new URLSearchParams(form().dataset.query);
    query.delete("f.obsid");
    query.delete("page");
    for (let i = 0; i < words.length; i += 40) query.append("f.obsid", words.slice(i, i + 40).join(","));
    go(`${form().dataset.address}?${query}`);
  }

  function markDisplay() {
    const words = displayed();
    const now = words.length === 0 ? "every" : words[0].startsWith("!") ? "others" : "only";
    for (const button of document.querySelectorAll("[data-select=every], [data-select=only], [data-select=others]")) {
      button.classList.toggle("active", button.dataset.select === now);
      if (button.dataset.select === now) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  function go(address, source = results()) {
    htmx.ajax("GET", address, { source, target: "#results", swap: "outerHTML" });
  }

  const SELECTIONS = {
    all: () => tickAll(() => true),
    invert: () => tickAll((box) => !box.checked),
    results: () => selectResults(() => true),
    "invert-results": () => {
      const before = new Set(ticked);
      selectResults((obsid) => !before.has(obsid));
    },
    every: () => show([]),
    only: () => display(""),
    others: () => display("!"),
    none: () => {
      ticked.clear();
      tickAll(() => false);
    },
  };

  function restore() {
    load();
    for (const box of boxes()) tick(box, box.checked || ticked.has(box.value));
    keep();
    count();
    showPositions();
    addTips();
  }

  // A row of another page, unselected on the sky; and the sky asks once it is there.
  document.addEventListener("unselect", (event) => {
    if (ticked.delete(event.detail.obsid)) changed();
  });
  document.addEventListener("selection-wanted", () => count());

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) tickAll(() => event.target.checked);
    else if (event.target.matches("#selection tbody input.tick")) {
      tick(event.target, event.target.checked);
      changed();
    }
  });

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-select]");
    if (choice) SELECTIONS[choice.dataset.select]();
    const positions = event.target.closest("[data-positions]");
    if (positions) choosePositions(positions.dataset.positions);
    const opener = event.target.closest("[data-row-menu]");
    if (opener) {
      event.preventDefault();
      openMenu(opener);
    }
  });

  // sorting by several columns: shift and click, or shift and Enter ------------------------------------------------------

  document.addEventListener("click", (event) => {
    const heading = event.shiftKey && event.target.closest("a[data-added]");
    if (!heading) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    go(`${form().dataset.address}?${heading.dataset.added}`, heading);
  }, true);

  // one menu for all rows ------------------------------------------------------------------------------------------------

  let menuRow = null;

  function openMenu(opener) {
    const menu = document.getElementById("row-menu");
    menuRow = opener.closest("tr");
    const { obsid, program } = menuRow.dataset;
    menu.querySelector("[data-menu=details]").href = opener.href;
    const programLink = menu.querySelector("[data-menu=program]");
    programLink.hidden = !program;
    if (program) programLink.href = program;
    const subscribe = menu.querySelector("[data-menu=subscribe]");
    subscribe.href = `${subscribe.dataset.address}?obsid=${obsid}`;
    menu.querySelector("[data-menu=add]").value = obsid;
    const actions = (menuRow.dataset.actions || "").split(" ");
    for (const viewer of menu.querySelectorAll("[data-menu=spectrum], [data-menu=timeseries], [data-menu=jdaviz]")) {
      viewer.hidden = !actions.includes(viewer.dataset.menu);
      viewer.href = `/observations/${obsid}/${viewer.dataset.menu}/`;
    }
    const sky = document.getElementById("astroview")?.astroview?.sky;
    menu.querySelector("[data-menu=sky]").hidden = !sky?.has(obsid);
    const overlay = menu.querySelector("[data-menu=overlay]");
    if (overlay) overlay.hidden = !sky || menuRow.classList.contains("state-planned");
    menu.showPopover();
    const at = opener.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    menu.style.top = `${at.bottom + size.height > window.innerHeight ? at.top - size.height : at.bottom}px`;
    menu.querySelector("a").focus();
    menu.addEventListener("toggle", () => opener.focus(), { once: true });
  }

  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-menu=sky], [data-menu=overlay]");
    if (!action || !menuRow) return;
    document.getElementById("row-menu").hidePopover();
    if (window.showPane) window.showPane("sky");
    const name = action.dataset.menu === "sky" ? "show-on-sky" : "overlay-on-sky";
    document.dispatchEvent(new CustomEvent(name, { detail: { obsid: menuRow.dataset.obsid } }));
  });

  // positions ------------------------------------------------------------------------------------------------------------

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

  document.addEventListener("DOMContentLoaded", () => {
    const all = [...document.querySelectorAll("#selection [data-tick-all]")].some((head) => head.checked);
    restore();
    if (all) tickAll(() => true); // ticked while the scripts were still on their way
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "results") return;
    for (const place of document.querySelectorAll("[data-tip]")) bootstrap.Tooltip.getInstance(place)?.dispose();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!["estimate", "filters", "drawer"].includes(event.target.id)) restore();
  });
})();
