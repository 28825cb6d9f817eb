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

  // A slider's handle stands at a place of the drawn axis: moving it fills its box, letting go of it draws anew. -------

  const boxOf = (slider) => form.elements[`${slider.dataset.axis}.${slider.dataset.end}`];
  const other = (slider) => form.querySelector(`[data-axis="${slider.dataset.axis}"]:not([data-end="${slider.dataset.end}"])`);

  function textAt(name, place) {
    const [low, high, kind] = document.getElementById("chart").dataset[name].split(" ");
    const ends = [Number(low), Number(high)].map((end) => (kind === "log" ? Math.log10(end) : end));
    const linear = ends[0] + (place / 100) * (ends[1] - ends[0]);
    if (kind === "log") return String(Number((10 ** linear).toPrecision(4)));
    if (kind !== "date") return String(Number(linear.toPrecision(6)));
    const moment = new Date((linear - 40587) * 86400000);
    const year = moment.getUTCFullYear();
    return year >= 1 && year <= 9999 ? moment.toISOString().slice(0, 19).replace("T", " ") : String(linear);
  }

  function slide(slider) {
    const isLow = slider.dataset.end === "from";
    const limit = Number(other(slider).value);
    slider.value = isLow ? Math.min(Number(slider.value), limit - 1) : Math.max(Number(slider.value), limit + 1);
    const atEnd = Number(slider.value) === (isLow ? 0 : 100);
    boxOf(slider).value = atEnd ? boxOf(slider).defaultValue : textAt(slider.dataset.axis, Number(slider.value));
    slider.setAttribute("aria-valuetext", boxOf(slider).value || "open");
  }

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-axis]")) slide(event.target);
  });

  // with the keyboard every step is a change: the page is drawn anew once the keys rest
  let resting = 0;
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-axis]")) return;
    clearTimeout(resting);
    resting = setTimeout(() => form.requestSubmit(), 400);
  });

  paint();
})();
