// The chart: rows selected in it are the grid's selection, kept in this browser tab for the search.
(() => {
  const place = document.getElementById("chart-selection");
  const form = document.getElementById("chart-form");
  if (!place || !form) return;
  const key = `selection:${place.dataset.search}`;
  let ticked = new Set();
  try {
    ticked = new Set(JSON.parse(sessionStorage.getItem(key)) || []);
  } catch {
    ticked = new Set();
  }

  function paint() {
    for (const point of document.querySelectorAll("#chart circle[data-obsid]")) {
      point.classList.toggle("selected", ticked.has(point.dataset.obsid));
    }
    document.getElementById("chart-selected").textContent = `${ticked.size.toLocaleString("en")} selected`;
  }

  function keep() {
    try {
      if (ticked.size) sessionStorage.setItem(key, JSON.stringify([...ticked]));
      else sessionStorage.removeItem(key);
    } catch {
      // Kept for this page only.
    }
    paint();
  }

  // The server says which rows lie in the ranges: the picture may show several of them as one dot.
  async function select(ranges) {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, ends] of Object.entries(ranges)) {
      query.set(`${name}.from`, ends[0]);
      query.set(`${name}.to`, ends[1]);
    }
    const answer = await fetch(`${place.dataset.rows}?${query}`).catch(() => null);
    const found = answer ? await answer.json().catch(() => null) : null;
    if (!found || found.refusal) {
      window.showNotice(found ? found.refusal : "The server did not answer; try again.");
      return;
    }
    for (const obsid of found.obsids) ticked.add(obsid);
    keep();
  }

  document.addEventListener("plot-box", (event) => {
    if (!event.detail.shift) return;
    event.preventDefault();
    select(event.detail.ranges);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-range]")) select({});
    if (event.target.closest("[data-select-none]")) {
      ticked.clear();
      keep();
    }
    const point = event.target.closest("#chart circle[data-obsid]");
    if (!point) return;
    if (!ticked.delete(point.dataset.obsid)) ticked.add(point.dataset.obsid);
    keep();
  });

  paint();
})();
