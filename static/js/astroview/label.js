// The texts on the sky: the label beside the pointer, the positions, the scale, the legend, notices.
import { shade } from "./cells.js";
import { scaleBar } from "./graticule.js";
import { angleText, positionText } from "./words.js";

const NOTICE = 7000; // ms
const SHADES = 5; // of cells, from the fewest observations to the most

export function label(sky) {
  const place = sky.part("label");
  sky.addEventListener("hover", ({ detail }) => {
    place.hidden = !detail.text;
    if (!detail.text) return;
    const lines = detail.text.split("\n").map((text, i) => {
      const line = document.createElement("p");
      line.textContent = text;
      if (i === 1) line.className = "secondary";
      return line;
    });
    place.className = `sky-label ${detail.state ? `of-${detail.state}` : ""}`;
    place.replaceChildren(...lines);
    place.style.transform = beside(detail, sky.view);
  });
}

// Right of the pointer as far as there is room, and on its side towards the middle; nothing is measured, which would lay out the page.
function beside({ x, y }, { width, height }) {
  const across = `clamp(8px, ${x + 12}px, calc(${width - 8}px - 100%))`;
  return `translate(${across}, ${y < height / 2 ? `${y + 14}px` : `calc(${y - 14}px - 100%)`})`;
}

export function positions(sky) {
  let pointer = null;
  const show = () => {
    sky.part("cursor").textContent = positionText(pointer || sky.view, sky.frame);
    const line = sky.part("chosen");
    line.hidden = !sky.position;
    if (sky.position) sky.part("position").textContent = positionText(sky.position, sky.frame);
  };
  sky.addEventListener("pointer", ({ detail }) => {
    pointer = detail;
    show();
  });
  for (const name of ["view", "position", "frame"]) sky.addEventListener(name, show);
  document.addEventListener("positions-changed", show);
  show();
}

export function scale(sky) {
  const bar = sky.part("scale");
  const show = () => {
    const { deg, px } = scaleBar(sky.view, Math.min(110, sky.view.width / 4));
    bar.querySelector("span").textContent = angleText(deg);
    bar.querySelector("i").style.width = `${px}px`;
    sky.part("field").textContent = `${angleText(sky.view.fov)} × ${angleText(sky.view.fovHigh)}`;
    sky.part("north").hidden = sky.view.roll === 0;
    sky.part("north").querySelector(".bi").style.rotate = `${sky.view.roll}deg`;
  };
  sky.addEventListener("view", show);
  show();
}

// Missions with their colours, or the searches when each has its own; what the shades of cells mean; how coarse a MOC is drawn.
export function legend(sky, titleOf) {
  const place = sky.part("missions");
  const show = () => {
    const items = new Map();
    for (const set of sky.sets) {
      if (set.colour) {
        if (set.footprints.size) items.set(titleOf(set.key), set.colour);
      } else for (const [name, shape] of missionsOf(set)) items.set(name, sky.colourOf(set, shape));
    }
    const shades = shadesOf(sky);
    const coarse = sky.searched.find((outline) => outline.coarse)?.coarse;
    const told = [...[...items].map(([name, colour]) => `${name} ${colour}`), shades && `${shades.counts} ${shades.colour}`, coarse].join("|");
    if (told === place.dataset.told) return;
    place.dataset.told = told;
    const lines = [...items].map(([name, colour]) => item(mark("line", { borderTopColor: colour }), name));
    if (shades) lines.push(swatch(shades));
    if (coarse) lines.push(item(mark("line searched"), `MOC, drawn in cells of ${angleText(coarse)}`));
    place.replaceChildren(...lines);
  };
  return show;
}

// Of the cells that are drawn: their colour, and counts from the fewest to the most in equal steps of their shade.
function shadesOf({ coverage, mode, own, colours }) {
  if (!coverage || mode !== "all") return null;
  const { least, most } = coverage;
  const count = Math.min(SHADES, most - least + 1);
  const [low, high] = [Math.log1p(least), Math.log1p(most)];
  const counts = Array.from({ length: count }, (_, k) => Math.expm1(low + ((high - low) * k) / Math.max(1, count - 1)));
  return { most, counts, colour: own.colour || colours.coverage };
}

function swatch({ counts, most, colour }) {
  const boxes = counts.map((count) => mark("shade", { backgroundColor: colour, opacity: shade(count, most) }));
  const [few, many] = [counts[0], most].map((count) => Math.round(count).toLocaleString("en"));
  const line = counts.length > 1 ? item(`few: ${few} `, ...boxes, ` many: ${many} in a cell`) : item(...boxes, ` ${many} in a cell`);
  line.title = "Observations in a cell of the sky";
  return line;
}

function mark(name, style = {}) {
  const place = document.createElement("span");
  place.className = name;
  Object.assign(place.style, style);
  return place;
}

function item(...parts) {
  const line = document.createElement("li");
  line.append(...parts);
  return line;
}

// A shape of each mission, in one order whatever page came first.
function missionsOf({ footprints }) {
  const found = new Map(footprints.shapes.map((shape) => [shape.m, shape]));
  return [...found].sort(([a], [b]) => a.localeCompare(b));
}

// What is shown of how many.
export function tally(sky, rows) {
  const place = sky.part("tally");
  return () => {
    const shown = sky.own.footprints.size + sky.sources.filter(({ id }) => !sky.own.footprints.place.has(id)).length;
    const many = sky.coverage ? `${rows.count.toLocaleString("en")} by cell` : shown < rows.count ? `${shown.toLocaleString("en")} of ${rows.count.toLocaleString("en")}` : "";
    place.textContent = many;
  };
}

export function notices(sky) {
  const place = sky.part("notice");
  const words = place.querySelector("span");
  let timer = 0;
  const hide = () => {
    place.hidden = true;
  };
  sky.addEventListener("problem", ({ detail }) => {
    words.textContent = detail;
    place.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(hide, NOTICE);
  });
  sky.addEventListener("solved", ({ detail }) => detail === words.textContent && hide());
}
