// The sky and the grid show one thing: hovering a row lights its footprint and the other way round, a click selects.
export const rowOf = (id) => document.querySelector(`tr[data-obsid="${CSS.escape(id)}"], tr[data-target="${CSS.escape(id)}"]`);
const boxOf = (id) => rowOf(id)?.querySelector("input.tick");
const KEY = "sky-wanted"; // the row of another search that is on its way

export function tie(sky) {
  let wanted = openedFor(); // to select once its page has come
  const forgetLit = light(sky);
  select(sky, (id) => window.choices.then(() => {
    if (turnTo(sky, id)) wanted = id;
  }));
  sky.addEventListener("walk", ({ detail }) => {
    const row = rowOf(detail.shape.id);
    window.opened();
    row?.scrollIntoView({ block: "nearest" });
    window.announce(`${worded(detail.shape, row)}; ${detail.words}`);
  });
  document.addEventListener("show-on-sky", (event) => sky.focus(event.detail.obsid));
  return {
    // After a fragment has come.
    arrived() {
      forgetLit();
      const id = wanted;
      wanted = null;
      if (id && document.readyState === "complete") follow(sky, id);
      else if (id) window.addEventListener("load", () => follow(sky, id), { once: true }); // what counts the ticks comes after this
    },
  };
}

// A row and its footprint light each other; what it answers forgets the row, once other rows have come.
function light(sky) {
  let lit = "";
  const show = (id) => {
    if (lit !== id) {
      if (lit) rowOf(lit)?.classList.remove("lit");
      if (id) rowOf(id)?.classList.add("lit");
      lit = id;
    }
    sky.highlight(id);
  };
  sky.addEventListener("hover", ({ detail }) => show(detail.id));
  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const row = event.target.closest?.("tr[data-obsid]");
      if (!row) return;
      if (!on && event.relatedTarget && row.contains(event.relatedTarget)) return;
      show(on ? row.dataset.obsid : "");
    });
  }
  return () => {
    lit = "";
  };
}

// One selection; ``turnTo`` is for a row that another page of the search holds.
function select(sky, turnTo) {
  document.addEventListener("selection-changed", (event) => {
    sky.select(event.detail.obsids);
    sky.tell("chosen", event.detail.obsids);
  });
  sky.addEventListener("select", ({ detail }) => {
    const { id, key } = detail;
    const on = detail.toggle ? !boxOf(id)?.checked : detail.on;
    if (key && key !== "own") {
      const tab = [...document.querySelectorAll("#tabs a.tab-link")].find((link) => link.search.slice(1) === key);
      if (tab) leaveFor(tab.href, id, sky.view);
    } else if (!choose(id, on)) {
      if (!on) document.dispatchEvent(new CustomEvent("unselect", { detail: { obsid: id } }));
      else if (key === "own") turnTo(id);
    }
  });
}

// Ticks a row of this page and brings it into view; whether there is one.
function choose(id, on) {
  const box = boxOf(id);
  if (!box) return false;
  window.opened();
  if (box.checked !== on) box.click();
  rowOf(id).scrollIntoView({ block: "nearest" });
  return true;
}

// Asks for the page of the search that holds a row; of a list every row is in the page's reach, and none is asked for.
function turnTo(sky, id) {
  const form = document.querySelector("#selection, #ticks[data-query]");
  if (!form) {
    document.dispatchEvent(new CustomEvent("select-elsewhere", { detail: { obsid: id } }));
    return false;
  }
  const query = new URLSearchParams(form.dataset.query);
  query.delete("page");
  query.set("around", id);
  sky.during(htmx.ajax("GET", `${form.dataset.address}?${query}`, { source: "#results", target: "#results", swap: "outerHTML" }));
  return true;
}

// The row of another page, once that has come: selected, in view and, unless the grid is another pane, under the keyboard.
function follow(sky, id) {
  if (!choose(id, true)) return;
  const row = rowOf(id);
  if (row.checkVisibility()) row.focus({ preventScroll: true });
  sky.highlight(id);
  const shape = sky.shapeOf(id);
  if (shape) window.announce(`${worded(shape, row)}; selected, ${document.querySelector("#selected-count, #ticked-count")?.textContent || ""}`);
}

const worded = ({ m, t }, row) => `${m}, ${t.split("\n").join(", ")}${row ? `, row ${Number(row.getAttribute("aria-rowindex")) - 1}` : ""}`;

// The page of another search that holds a row, with the sky where it looks.
function leaveFor(address, id, { ra, dec, fov }) {
  const there = new URL(address);
  there.searchParams.set("around", id);
  there.searchParams.set("sky", [ra, dec, fov].map((deg) => Number(deg.toFixed(7))).join());
  try {
    sessionStorage.setItem(KEY, id);
  } catch {
    // Its page is shown, without a tick.
  }
  location.assign(there);
}

// The row that this page was opened for.
function openedFor() {
  try {
    const id = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return new URLSearchParams(location.search).get("around") === id ? id : null;
  } catch {
    return null;
  }
}
