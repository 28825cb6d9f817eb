// Buttons and menus around the sky.
import { told } from "./answers.js";
import { watchDrawing } from "./drawing.js";
import { PLAIN, surveys } from "./surveys.js";
import { angleText, positionText } from "./words.js";

const KEY = "sky";

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
    // Chosen for this page only.
  }
}

export function buttons(sky, tools) {
  const acts = {
    "zoom-in": () => sky.look(sky.view.zoomed(1 / 1.6)),
    "zoom-out": () => sky.look(sky.view.zoomed(1.6)),
    fit: () => sky.fit(),
    "north-up": () => {
      sky.look(sky.view.with({ roll: 0 }));
      sky.part("stage").focus({ preventScroll: true }); // the button goes
    },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : sky.root.requestFullscreen().catch(() => sky.tell("problem", "This browser does not show the sky on the full screen."))),
    settings: () => openSettings(sky, sky.part("settings").hidden),
    "search-here": () => searchHere(sky),
    "drop-region": () => tools.cancel(),
  };
  sky.root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sky-do]");
    if (button) acts[button.dataset.skyDo]?.();
    const tool = event.target.closest("[data-sky-tool]");
    if (tool) tools.use(tools.name === tool.dataset.skyTool ? "" : tool.dataset.skyTool);
    const choice = event.target.closest("[data-footprints]");
    if (choice) showFootprints(sky, choice.dataset.footprints);
  });
  sky.addEventListener("tool", ({ detail }) => {
    for (const button of sky.root.querySelectorAll("[data-sky-tool]")) button.setAttribute("aria-pressed", String(button.dataset.skyTool === detail));
  });
  sky.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || sky.part("settings").hidden) return;
    openSettings(sky, false);
    event.preventDefault();
  });
  document.addEventListener("fullscreenchange", () => sky.root.classList.toggle("full", document.fullscreenElement === sky.root));
}

function openSettings(sky, open) {
  const panel = sky.part("settings");
  const button = sky.root.querySelector("[data-sky-do=settings]");
  panel.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  if (open) panel.querySelector("select").focus();
  else button.focus();
}

function showFootprints(sky, mode) {
  for (const button of sky.root.querySelectorAll("[data-footprints]")) button.setAttribute("aria-pressed", String(button.dataset.footprints === mode));
  sky.set({ mode });
  sky.tell("rows", null);
}

// Background --------------------------------------------------------------------------------------------------------

// Fills the menu; what it returns starts the picture.
export function background(sky) {
  const menu = sky.part("survey");
  let [all, local] = [[], null];
  const offer = (base) => {
    all = surveys(base);
    [local] = all;
    menu.replaceChildren(...all.map(({ id, name }) => new Option(name, id)));
  };
  offer(sky.root.dataset.hips);
  // what a page finds missing when it opens is told once, not on every page
  const show = async (id, { isOpening = false, why = "" } = {}) => {
    const survey = all.find((one) => one.id === id) || local;
    menu.value = survey.id;
    try {
      await sky.setSurvey(survey.base, { remote: survey !== local && survey !== PLAIN });
    } catch (error) {
      const fallen = survey === local ? PLAIN : local;
      const problem = survey === local ? `${error.message} Footprints and grid work without it.` : `${survey.name}: ${error.message} The sky went back to: ${fallen.name.toLowerCase()}.`;
      if (!isOpening || remembered().missing !== problem) sky.tell("problem", problem);
      if (isOpening) remember({ missing: problem });
      if (survey !== PLAIN) await show(fallen.id, { why: problem });
      return;
    }
    if (isOpening && survey === local && remembered().missing) remember({ missing: "" });
    const credit = sky.part("credit");
    credit.textContent = survey.credit ? `${survey.credit} · Aladin Lite` : "Plain background";
    credit.title = why;
  };
  menu.addEventListener("change", () => {
    remember({ survey: menu.value });
    show(menu.value);
  });
  // a survey of somebody else's is asked for only when it is chosen, so a new page starts with the local sky
  const last = all.find((one) => one.id === remembered().survey);
  const first = last && (last === local || last === PLAIN) ? last : local;
  menu.value = first.id;
  watchDrawing(sky, (base) => {
    const shown = menu.value;
    offer(base);
    menu.value = shown;
    if (shown === PLAIN.id && remembered().survey !== PLAIN.id) show(local.id);
  });
  return () => show(first.id, { isOpening: true });
}

// Footprints, coordinates, colour -----------------------------------------------------------------------------------

export function choices(sky, rows) {
  const scope = sky.part("scope");
  scope.value = remembered().scope || "search";
  rows.scope = scope.value || "search";
  scope.addEventListener("change", () => {
    remember({ scope: scope.value });
    rows.use(scope.value);
    sky.tell("rows", null);
  });
  const frame = sky.part("frame");
  frame.value = sky.frame = remembered().frame === "galactic" ? "galactic" : "icrs";
  frame.addEventListener("change", () => {
    remember({ frame: frame.value });
    sky.set({ frame: frame.value });
    sky.tell("frame", frame.value);
  });
  const colour = sky.part("colour");
  colour.addEventListener("input", () => {
    rows.keepColour(colour.value);
    sky.tell("rows", null);
  });
  const ordinary = colour.value;
  sky.root.querySelector("[data-sky-do=settings]").addEventListener("click", () => {
    colour.value = rows.colour || ordinary;
  });
  sky.part("by-mission").addEventListener("click", () => {
    rows.keepColour("");
    colour.value = rows.colour || ordinary;
    sky.tell("rows", null);
  });
}

// Coverage of the results as a MOC ----------------------------------------------------------------------------------

export function moc(sky, rows) {
  const box = sky.part("moc");
  if (!box) return () => {};
  let asked = null; // the query whose coverage is shown, or on its way
  const show = async () => {
    const query = (box.checked && rows.query) || null;
    if (query === asked) return;
    asked = query;
    sky.setMoc(null);
    if (!query) return;
    try {
      const found = await sky.during(told(`${sky.root.dataset.moc}?${query}&form=json`));
      if (query === asked) sky.setMoc(found);
    } catch (error) {
      if (query !== asked) return;
      asked = null;
      box.checked = false;
      sky.tell("problem", `The coverage could not be had. ${error.message}`);
    }
  };
  box.addEventListener("change", show);
  return () => {
    const link = sky.part("moc-file");
    link.href = `${sky.root.dataset.moc}?${rows.query}`;
    link.hidden = box.closest("label").hidden = !rows.query;
    show();
  };
}

// Regions and searching here ----------------------------------------------------------------------------------------

function go(address) {
  const ask = () => htmx.ajax("GET", address, { source: "#results", target: "#results", swap: "outerHTML" });
  if (document.getElementById("results")) window.choices.then(ask);
  else location.assign(address);
}

function wordsOf({ radius, at, size, corners }, frame) {
  if (radius) return `Circle, radius ${angleText(radius)}, around ${positionText(at, frame)}`;
  return size ? `Box of ${size.map(angleText).join(" × ")}` : `Free line of ${corners} corners`;
}

export function regions(sky, rows) {
  const bar = sky.part("region");
  let drawn = null;
  sky.addEventListener("regionselect", ({ detail }) => {
    drawn = detail;
    bar.hidden = !detail;
    if (!detail) return;
    const words = wordsOf(detail, sky.frame);
    bar.querySelector("p").textContent = words;
    bar.querySelector("p").title = detail.stcs;
    bar.querySelector("[data-region=filter]").hidden = !rows.query;
    bar.querySelector("button").focus({ preventScroll: true });
    window.announce(`${words}. Search or filter by it.`);
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-region]");
    if (!button || !drawn) return;
    const query = new URLSearchParams(button.dataset.region === "filter" ? rows.query : "collection=observations");
    query.delete("page");
    query.set(button.dataset.region === "filter" ? "f.region" : "region", drawn.stcs);
    sky.set({ draft: null });
    sky.part("stage").focus({ preventScroll: true });
    bar.hidden = true;
    go(`${sky.root.dataset.search}?${query}`);
  });
}

function searchHere(sky) {
  const { ra, dec, fov, fovHigh } = sky.view;
  const radius = Math.min(Math.min(fov, fovHigh) / 2, Number(sky.root.dataset.mostRadius));
  const query = new URLSearchParams({ q: `${ra.toFixed(6)} ${dec < 0 ? "-" : "+"}${Math.abs(dec).toFixed(6)} r=${Number(radius.toPrecision(3))}d` });
  go(`${sky.root.dataset.search}?${query}`);
}
