// The filters panel: it stands while the rows change and is counted anew; narrowing, order and folding of facets.
(() => {
  const KEY = "facets";
  const panel = () => document.getElementById("filters");

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function remember(facet, change) {
    const state = remembered();
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...state, [facet]: { ...state[facet], ...change } }));
    } catch {
      // Not kept: the facets stand open.
    }
  }

  // counting anew -----------------------------------------------------------------------------------------------------

  function renew() {
    const place = panel();
    if (!place || location.pathname === place.dataset.address) return;
    htmx.ajax("GET", place.dataset.address + location.search, { source: place, target: place, swap: "innerHTML" });
  }

  // Until it has been counted for the rows that came, its links are those of the rows before: they wait (choices.js).
  function catchUp() {
    panel()?.removeAttribute("data-behind");
    document.dispatchEvent(new CustomEvent("caught-up"));
  }
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, (event) => event.detail.target?.id === "filters" && catchUp());
  }

  // From a choice to its answer the form must stand, or the choice would go with it. Choices are numbered, for one may be
  // made while the answer to another is on its way: an answer knows the last one that its request carried.
  let chosen = 0;
  let answered = 0;
  const carried = new WeakMap();
  const changing = () => chosen > answered;

  document.addEventListener("change", (event) => {
    const form = event.target.closest("#filters-form");
    if (!form) return;
    chosen += 1;
    window.choices.choose(form);
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.id === "filters-form") carried.set(detail.xhr, chosen);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    answered = Math.max(answered, carried.get(detail.xhr) ?? 0);
  });

  // The panel of a list goes with its rows: an older answer would take a newer choice away, whose own is on its way.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const choice = carried.get(event.detail.xhr);
    const goesAlong = event.target.id === "results" && !document.getElementById("pane-filters")?.hasAttribute("hx-preserve");
    if (goesAlong && choice !== undefined && choice < chosen) event.detail.shouldSwap = false;
    else if (event.target.id === "results" && !goesAlong) panel()?.setAttribute("data-behind", "");
  });

  // Nor may it go from under a hand that holds a handle or is about to tick.
  let putOff = false;
  document.addEventListener("let-go", () => {
    if (putOff && !changing()) renew();
    putOff = false;
  });

  // What is being typed stays when the answer comes.
  let typed = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "filters") return;
    if (changing() || window.isPressed(panel())) {
      putOff = !changing();
      event.detail.shouldSwap = false; // older than what was just chosen; the next answer is on its way
      return;
    }
    const box = document.activeElement;
    const isText = panel().contains(box) && box.matches("input[type=text], input[type=search]");
    typed = isText ? { id: box.id, value: box.value, changed: box.value !== box.defaultValue } : null;
    open = [...panel().querySelectorAll(".more-values[open], .edit-filters[open]")].map(nameOf);
    scrolled = panel().scrollTop;
  });

  let open = [];
  let scrolled = 0;
  const nameOf = (details) => details.closest("[data-facet]")?.dataset.facet || "edit";

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "results" || event.target.querySelector?.("#filters[data-load]")) renew();
    if (event.target.id !== "filters") return;
    catchUp();
    restore();
    for (const details of panel().querySelectorAll(".more-values, .edit-filters")) {
      if (open.includes(nameOf(details))) details.open = true;
    }
    panel().scrollTop = scrolled;
    const box = typed && document.getElementById(typed.id);
    if (box && (typed.changed || box.matches("[data-narrow]"))) box.value = typed.value;
    if (box && document.activeElement !== box) box.focus();
    if (box?.matches("[data-narrow]")) narrow(box);
  });
  document.addEventListener("htmx:historyRestore", renew);

  // what a person chose: folded facets, their order ---------------------------------------------------------------------

  function restore() {
    const state = remembered();
    for (const box of document.querySelectorAll(".facet-box[data-facet]")) {
      const own = state[box.dataset.facet];
      if (own?.folded) box.querySelector("details.facet").open = false;
      if (own?.byName) order(box, true);
    }
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.facet")) {
      remember(event.target.parentNode.dataset.facet, { folded: !event.target.open });
    }
  }, true);

  function order(box, byName) {
    const groups = [...box.querySelectorAll(".values")];
    const size = groups[0].children.length;
    const labels = groups.flatMap((group) => [...group.children]);
    const name = (label) => label.querySelector(".cut").textContent;
    const rows = (label) => Number(label.querySelector("input").dataset.count);
    labels.sort((a, b) => (byName ? 0 : rows(b) - rows(a)) || name(a).localeCompare(name(b), "en", { numeric: true }));
    groups[0].append(...labels.slice(0, size));
    groups[1]?.append(...labels.slice(size));
    const button = box.querySelector("[data-order]");
    if (!button) return;
    button.dataset.order = byName ? "name" : "count";
    button.setAttribute("aria-pressed", String(byName));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-order]");
    if (!button) return;
    const box = button.closest("[data-facet]");
    const byName = button.dataset.order === "count";
    order(box, byName);
    remember(box.dataset.facet, { byName });
    window.announce(byName ? "Sorted by name" : "Sorted by count");
  });

  // narrowing -----------------------------------------------------------------------------------------------------------

  function narrow(input) {
    const wanted = input.value.trim().toLowerCase();
    const box = input.closest("[data-facet]");
    for (const label of box.querySelectorAll(".values label")) {
      label.hidden = wanted !== "" && !label.textContent.toLowerCase().includes(wanted);
    }
    const more = box.querySelector(".more-values");
    if (more) more.open = wanted !== "";
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-narrow]")) narrow(event.target);
    if (event.target.matches("input[type=range][data-end]")) slide(event.target);
  });
  // Narrowing changes nothing of the search.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-narrow]")) event.stopPropagation();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-narrow]")) event.preventDefault();
  });

  // handles -------------------------------------------------------------------------------------------------------------

  function slide(handle) {
    const range = handle.closest(".range");
    const isLow = handle.dataset.end === "low";
    const other = range.querySelector(`[data-end=${isLow ? "high" : "low"}]`);
    const limit = Number(other.value) + (isLow ? -1 : 1);
    if (isLow ? Number(handle.value) > limit : Number(handle.value) < limit) handle.value = limit;
    const text = range.dataset.edges.split("|")[Number(handle.value)];
    const boxes = range.parentNode.querySelectorAll(".range-boxes input");
    if (boxes.length) boxes[isLow ? 0 : 1].value = text;
    handle.setAttribute("aria-valuetext", text || range.dataset[isLow ? "lowText" : "highText"]);
  }

  // What was chosen while the scripts were still on their way.
  function chosenBefore() {
    const differs = (box) => (box.type === "checkbox" ? box.checked !== box.defaultChecked : box.value !== box.defaultValue);
    const boxes = document.querySelectorAll("#filters-form input:not([type=hidden], [type=range], [data-narrow])");
    return [...boxes].find(differs);
  }

  document.addEventListener("DOMContentLoaded", () => {
    restore();
    chosenBefore()?.dispatchEvent(new Event("change", { bubbles: true }));
    if (panel()?.hasAttribute("data-load")) renew();
  });
})();
