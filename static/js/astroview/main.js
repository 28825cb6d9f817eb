// Makes the sky view once and gives it every page of results that comes.
import { AstroView } from "./astroview.js";
import { background, buttons, choices, moc, overlays, regions } from "./controls.js";
import { tie } from "./grid.js";
import { listen as listenToKeys } from "./keyboard.js";
import { label, legend, notices, positions, scale, tally } from "./label.js";
import { listen as listenToPointer } from "./pointer.js";
import { RegionTools } from "./regions.js";
import { Rows } from "./rows.js";
import { card } from "./card.js";
import { keepInAddress, viewOfAddress } from "./address.js";

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
  overlays(sky);
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
  background(sky);
  keepInAddress(sky);
  root.astroview = {
    isIdle: () => sky.isIdle() && !rows.resting,
    pixelOf: (ra, dec) => sky.view.pixelOf(ra, dec),
    view: () => ({ ra: sky.view.ra, dec: sky.view.dec, fov: sky.view.fov, width: sky.view.width, height: sky.view.height, roll: sky.view.roll }),
    goTo: (ra, dec, fov) => sky.goTo(ra, dec, fov, false),
    sky,
  };
  return { root, sky, rows, grid, searched: null, arrived: () => [showLegend, showTally, showMoc].forEach((show) => show()) };
}

// What the page says of the search beside its rows.
function search() {
  const told = document.getElementById("sky-search")?.dataset || {};
  const number = (text) => (text ? Number(text) : null);
  const circle = told.ra ? { ra: Number(told.ra), dec: Number(told.dec), radius: number(told.radius) || 0 } : null;
  return { query: told.query || "", count: Number(told.count || 0), name: told.search || location.pathname, circle };
}

function arrive() {
  const here = document.getElementById("astroview");
  if (!here) return;
  if (!made) made = make(here);
  else if (here !== made.root) here.replaceWith(made.root);
  const { sky, rows, grid } = made;
  const { query, count, name, circle } = search();
  const isNew = name !== made.searched;
  if (isNew) {
    rows.forget();
    sky.set({ position: null, draft: null, picture: null });
    sky.tell("regionselect", null);
  }
  sky.set({ circle });
  sky.setSources(read("sky-sources"));
  rows.show({ shapes: read("sky-rows"), query, count, tabs: otherTabs(), name });
  made.arrived();
  sky.resize();
  if (isNew) {
    const kept = made.searched === null && viewOfAddress();
    sky.home = !kept;
    if (kept) sky.goTo(kept.ra, kept.dec, kept.fov, false);
    else sky.fit(made.searched !== null);
    made.searched = name;
  }
  grid.arrived();
}

document.addEventListener("DOMContentLoaded", arrive);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "results" || document.getElementById("astroview") !== made?.root) arrive();
});
