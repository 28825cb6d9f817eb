// Makes the sky view once and gives it every page of results that comes.
import { AstroView } from "./astroview.js";
import { background, buttons, choices, moc, regions } from "./controls.js";
import { tie } from "./grid.js";
import { listen as listenToKeys } from "./keyboard.js";
import { label, legend, notices, positions, scale, tally } from "./label.js";
import { overlays } from "./overlay.js";
import { listen as listenToPointer } from "./pointer.js";
import { RegionTools } from "./regions.js";
import { Rows } from "./rows.js";
import { rememberCard } from "./canvas.js";
import { card } from "./card.js";
import { keepInAddress, viewOfAddress } from "./address.js";

const PATIENCE = 1200; // ms that the rest of the page waits for the rows of other pages

let made = null;

function read(id) {
  const place = document.getElementById(id);
  return place ? JSON.parse(place.textContent) : [];
}

// The other open searches: their query and title.
function otherTabs() {
  return [...document.querySelectorAll("#tabs .tab:not(.current) a.tab-link")]
    .filter((link) => link.pathname === location.pathname && link.search.length > 1)
    .map((link) => ({ query: link.search.slice(1), title: link.querySelector(".tab-title")?.textContent || "" }));
}

function make(root) {
  const sky = new AstroView(root);
  const tools = new RegionTools(sky);
  const rows = new Rows(sky);
  listenToPointer(sky, tools);
  listenToKeys(sky, tools);
  const grid = tie(sky);
  label(sky);
  positions(sky);
  scale(sky);
  notices(sky);
  choices(sky, rows);
  buttons(sky, tools);
  regions(sky, rows);
  overlays(sky, rows);
  card(sky);
  const showMoc = moc(sky, rows);
  const titleOf = (key) => (key === "own" ? "this search" : rows.tabs.find((tab) => tab.query === key)?.title || key);
  const showLegend = legend(sky, titleOf);
  const showTally = tally(sky, rows);
  for (const name of ["rows", "chosen"]) {
    sky.addEventListener(name, () => {
      showLegend();
      showTally();
    });
  }
  const showPicture = background(sky);
  keepInAddress(sky);
  root.astroview = {
    isIdle: () => sky.isIdle() && !rows.resting,
    pixelOf: (ra, dec) => sky.view.pixelOf(ra, dec),
    view: () => ({ ra: sky.view.ra, dec: sky.view.dec, fov: sky.view.fov, width: sky.view.width, height: sky.view.height, roll: sky.view.roll }),
    goTo: (ra, dec, fov) => sky.goTo(ra, dec, fov, false),
    sky,
  };
  return { root, sky, rows, grid, showPicture, searched: null, arrived: () => [showLegend, showTally, showMoc].forEach((show) => show()) };
}

// Where all rows of a search, a list or a cross-match are told.
function sourceOf({ query = "", rows }) {
  return rows ?? (query && made.rows.address(query));
}

// What the page says of the search beside its rows.
function search() {
  const told = document.getElementById("sky-search")?.dataset || {};
  const circle = told.ra ? { ra: Number(told.ra), dec: Number(told.dec), radius: Number(told.radius) || 0 } : null;
  return { query: told.query || "", source: sourceOf(told), count: Number(told.count || 0), name: told.search || location.pathname, circle };
}

function arrive() {
  const here = document.getElementById("astroview");
  if (!here) return;
  const held = made?.held;
  const isFirst = !made;
  if (isFirst) made = make(here);
  else if (here !== made.root) here.replaceWith(made.root);
  const { sky, rows, grid } = made;
  const { query, source, count, name, circle } = search();
  const isNew = name !== made.searched;
  if (isNew) {
    rows.forget();
    sky.set({ position: null, draft: null, picture: null });
    sky.tell("regionselect", null);
  }
  sky.setSearched(circle, read("sky-regions"));
  sky.setSources(read("sky-sources"));
  const shown = rows.show({ shapes: read("sky-rows"), query, source, count, tabs: otherTabs(), name });
  window.skyPainted = Promise.race([shown.then(painted), patience()]);
  if (isFirst) sky.during(shown.then(painted).then(idle).then(startPicture));
  else if (isNew) sky.during(sky.engine.hold(window.skyPainted));
  made.arrived();
  if (isFirst) sky.resize(); // later sizes are observed: asking for one would lay out all rows before the sky is drawn
  if (isNew) {
    const kept = made.searched === null && viewOfAddress();
    sky.home = !kept;
    if (kept) sky.goTo(kept.ra, kept.dec, kept.fov, false);
    else arriveAt(sky);
    made.searched = name;
  }
  if (held?.checkVisibility()) held.focus({ preventScroll: true });
  made.held = null;
  grid.arrived();
}

// All that was found, also where the pane gets another size with the page.
function arriveAt(sky) {
  sky.isArriving = true;
  window.skyPainted.finally(() => {
    sky.isArriving = false;
  });
  sky.fit(made.searched !== null);
}

const patience = () => new Promise((done) => {
  setTimeout(done, PATIENCE);
});

// It takes long to start; what is told of the results comes first.
function startPicture() {
  rememberCard();
  return made.showPicture();
}

const idle = () => new Promise((done) => {
  if (window.requestIdleCallback) requestIdleCallback(done, { timeout: 600 });
  else setTimeout(done, 100);
});

// The frame after the next begins once the next has been handed on.
const painted = () => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
});

// Who works on the sky by keyboard stays there while the results change: the pane is taken out and put in again.
document.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (made && target.id === "results") made.held = made.root.contains(document.activeElement) ? document.activeElement : null;
});

// Rows of other pages are asked for beside those of this one where other rows are searched, not where names are to be
// resolved first; else as soon as it is known that there are some, while the browser is busy with those of this one.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!made || detail.target?.id !== "results" || detail.elt.id === "search-panel") return;
  const { pathname, search: asked } = new URL(detail.pathInfo.finalRequestPath, location.href);
  if (pathname !== made.root.dataset.search || rowsOf(asked) === rowsOf(location.search)) return;
  made.rows.expect(made.rows.address(asked.slice(1)), detail.xhr);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => made?.rows.expectNoMore(detail.xhr));
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  const told = target.id === "results" && made && detail.serverResponse.match(/<div id="sky-search"[^>]*>/);
  if (!told) return;
  const next = new DOMParser().parseFromString(told[0], "text/html").getElementById("sky-search").dataset;
  made.rows.settle(detail.xhr, sourceOf(next), Number(next.count) > detail.serverResponse.split("<tr ").length);
});

// What an address says of the rows, without how they are shown.
function rowsOf(query) {
  const said = new URLSearchParams(query);
  for (const name of ["page", "size", "sort", "columns", "view", "sky"]) said.delete(name);
  said.sort();
  return said.toString();
}

arrive(); // modules are deferred: the page has been read; its other scripts come after this one
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "results" || document.getElementById("astroview") !== made?.root) arrive();
});
