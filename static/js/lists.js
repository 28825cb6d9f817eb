// The grid of a list or a cross-match: ticks, on all pages of a list; sorting by several columns.
(() => {
  const form = () => document.getElementById("ticks");
  const boxes = () => [...document.querySelectorAll("#ticks tbody input.tick")];

  // ticked rows of a list, kept in the browser's tab; a cross-match has those of its page alone
  const key = () => (form()?.dataset.list ? `rows:${form().dataset.list}` : "");
  let ticked = new Set();

  function load() {
    if (!key()) return;
    try {
      ticked = new Set(JSON.parse(sessionStorage.getItem(key())) || []);
    } catch {
      ticked = new Set();
    }
    for (const box of boxes()) box.checked = ticked.has(box.value);
  }

  function keep() {
    if (!key()) return;
    try {
      sessionStorage.setItem(key(), JSON.stringify([...ticked]));
    } catch {
      // Kept for this page only.
    }
  }

  function count() {
    const all = boxes();
    const here = all.filter((box) => box.checked).length;
    for (const box of all) {
      box.closest("tr").classList.toggle("selected", box.checked);
      if (box.checked) ticked.add(box.value);
      else ticked.delete(box.value);
    }
    keep();
    const numbers = document.getElementById("numbers");
    if (numbers) numbers.value = [...ticked].join(",");
    const pairs = document.getElementById("pairs");
    if (pairs) pairs.value = all.filter((box) => box.checked).map((box) => box.closest("tr").dataset.pair).join(",");
    const words = `${(key() ? ticked.size : here).toLocaleString("en")} selected`;
    const place = document.getElementById("ticked-count");
    if (place) place.textContent = words;
    tellTheSky(all);
    const head = document.querySelector("[data-tick-page]");
    if (head) {
      head.checked = here > 0 && here === all.length;
      head.indeterminate = here > 0 && here < all.length;
    }
    for (const rows of document.querySelectorAll("select[name=rows]")) rows.value = ticked.size ? "selected" : "all";
    return words;
  }

  // The sky knows rows of a list by their numbers, those of a cross-match by observation and by row of the list.
  function tellTheSky(all) {
    const rows = all.filter((box) => box.checked).map((box) => box.closest("tr").dataset);
    const obsids = key() ? [...ticked] : [...new Set(rows.flatMap(({ obsid, target }) => [obsid, target]))];
    document.dispatchEvent(new CustomEvent("selection-changed", { detail: { obsids } }));
  }

  // A row of another page of a list, chosen on the sky.
  function tickElsewhere(obsid, on) {
    if (!key()) return;
    if (on) ticked.add(obsid);
    else ticked.delete(obsid);
    window.announce(count());
  }
  document.addEventListener("select-elsewhere", ({ detail }) => tickElsewhere(detail.obsid, true));
  document.addEventListener("unselect", ({ detail }) => tickElsewhere(detail.obsid, false));

  function tickAll(on) {
    for (const box of boxes()) box.checked = on(box);
    window.announce(count());
  }

  function tickEveryPage() {
    const sources = document.getElementById("sky-sources");
    if (key() && sources) for (const source of JSON.parse(sources.textContent)) ticked.add(String(source.id));
    tickAll(() => true);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) {
      const on = event.target.checked;
      tickAll(() => on);
    } else if (event.target.matches("#ticks tbody input.tick")) window.announce(count());
  });

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-tick]");
    if (!choice) return;
    const ways = {
      page: () => tickAll(() => true),
      all: tickEveryPage,
      invert: () => tickAll((box) => !box.checked),
      none: () => {
        ticked.clear();
        tickAll(() => false);
      },
    };
    ways[choice.dataset.tick]();
  });

  // a click on a heading sorts by it alone, with shift by it too
  document.addEventListener("click", (event) => {
    const heading = event.target.closest("a[data-sort]");
    if (!heading || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const address = event.shiftKey ? `${heading.pathname}?${heading.dataset.added}` : heading.href;
    const results = document.getElementById("results");
    htmx.ajax("GET", address, { source: results, target: "#results", swap: "outerHTML" });
  });

  document.addEventListener("click", (event) => {
    const open = document.getElementById("export-list");
    if (open?.open && !open.contains(event.target)) open.open = false;
  });

  function begin() {
    load();
    count();
  }
  document.addEventListener("DOMContentLoaded", () => {
    // what was ticked while the scripts were still on their way
    const all = document.querySelector("[data-tick-page]")?.checked;
    const early = boxes().filter((box) => all || box.checked);
    load();
    for (const box of early) box.checked = true;
    count();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "results") begin();
  });
})();
