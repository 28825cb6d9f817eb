// The grid of coordinates with its labels, equatorial or galactic, and the scale bar.
import { fromGalactic, galactic, RADIAN, vector } from "./sphere.js";
import { decLabel, degreeLabel, raLabel } from "./words.js";

const SPACING = 110; // px between two lines, at least
const ARCSEC = 1 / 3600;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000, 54000, 108000, 162000].map((s) => s * ARCSEC);
const HOUR_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600].map((s) => s / 240);
// Of galactic coordinates, whose labels are decimal degrees.
const DEGREE_STEPS = [-5, -4, -3, -2, -1, 0].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))).concat(10, 15, 30, 45);
const POINTS = 48;

const step = (steps, wanted) => steps.find((one) => one >= wanted) || steps[steps.length - 1];

// The lines; their labels come after the footprints, which they would lie under.
export function drawLines(context, lines, colours) {
  context.setLineDash([]);
  context.lineWidth = 0.6;
  context.strokeStyle = colours.grid;
  context.globalAlpha = 0.75;
  context.beginPath();
  for (const { points } of lines) trace(context, points);
  context.stroke();
  context.globalAlpha = 1;
}

export function drawLabels(context, view, lines, colours) {
  context.font = `11px ${colours.font}`;
  const boxes = [];
  const unsaid = lines.filter((line) => !label(context, view, line, USUAL[line.kind], boxes, colours));
  for (const line of unsaid) label(context, view, line, OTHERS[line.kind], boxes, colours);
}

// Lines as pixels with the text of their label.
export function graticule(view, frame) {
  const isGalactic = frame === "galactic";
  const to = isGalactic ? fromGalactic : vector;
  const { l, b } = isGalactic ? galactic(view.ra, view.dec) : { l: view.ra, b: view.dec };
  const reach = Math.min(view.reach / RADIAN, 130);
  const spacing = (SPACING / view.scale) / RADIAN;
  const up = step(isGalactic ? DEGREE_STEPS : STEPS, spacing);
  const [low, high] = [Math.max(b - reach, -90), Math.min(b + reach, 90)];
  const widest = Math.max(Math.cos(Math.min(Math.abs(b) + reach / 3, 89.9) * RADIAN), 0.02);
  const across = step(isGalactic ? DEGREE_STEPS : HOUR_STEPS, spacing / widest);
  const pole = Math.abs(b) + reach >= 90;
  const half = pole ? 180 : Math.min(180, Math.asin(Math.min(1, Math.sin(reach * RADIAN) / Math.cos(b * RADIAN))) / RADIAN);
  const lines = [];
  for (let lat = Math.ceil(low / up) * up; lat <= high; lat += up) {
    if (Math.abs(lat) > 89.99) continue;
    const text = isGalactic ? `b ${lat > up / 2 ? "+" : ""}${degreeLabel(lat, up)}` : decLabel(lat, up, Math.abs(lat) < 1e-9 ? "" : undefined);
    lines.push({ kind: "parallel", text, points: sample(view, (share) => to(l + (2 * share - 1) * half, lat)) });
  }
  const first = pole ? 0 : Math.ceil((l - half) / across) * across;
  const last = pole ? 359.999 : l + half;
  for (let lon = first; lon <= last; lon += across) {
    const turned = ((lon % 360) + 360) % 360;
    const text = isGalactic ? `l ${degreeLabel(turned, across)}` : raLabel(turned, across);
    const [from, until] = [Math.max(low, -89), Math.min(high, 89)];
    lines.push({ kind: "meridian", text, points: sample(view, (share) => to(lon, from + share * (until - from))) });
  }
  return lines;
}

function sample(view, at) {
  return Array.from({ length: POINTS + 1 }, (_, k) => view.project(at(k / POINTS)));
}

function trace(context, points) {
  let pen = false;
  for (const point of points) {
    if (!point) pen = false;
    else if (pen) context.lineTo(...point);
    else context.moveTo(...point);
    pen = point !== null;
  }
}

// Where a line leaves the view its label stands: on which axis of a pixel the edge lies and where, between which places
// on it no control is, and the label's own place there.
const LEFT = { axis: 0, bound: () => 0, from: 96, until: ({ height }) => height - 130, place: (at) => [5, at - 4, "left"] };
const RIGHT = { ...LEFT, bound: ({ width }) => width, place: (at, { width }) => [width - 5, at - 4, "right"] };
const BOTTOM = { axis: 1, bound: ({ height }) => height, from: 30, until: ({ width }) => width - 30, place: (at, { height }) => [at, height - 5, "center"] };
// Parallels are told at the left edge and meridians at the lower one; slanted lines may not come there.
const USUAL = { parallel: [LEFT], meridian: [BOTTOM] };
const OTHERS = { parallel: [RIGHT, BOTTOM], meridian: [LEFT, RIGHT] };

function label(context, view, { text, points }, edges, boxes, colours) {
  for (const edge of edges) {
    for (const at of crossings(points, edge.axis, edge.bound(view))) {
      if (at <= edge.from || at >= edge.until(view)) continue;
      const [x, y, align] = edge.place(at, view);
      const box = boxOf(context.measureText(text).width, x, y, align);
      if (boxes.some((other) => overlap(box, other))) continue;
      boxes.push(box);
      write(context, text, [x, y, align], box, colours);
      return true;
    }
  }
  return false;
}

// Places along an edge at which a line of pixels goes over it.
function* crossings(points, axis, bound) {
  for (let k = 1; k < points.length; k += 1) {
    const [a, b] = [points[k - 1], points[k]];
    if (!a || !b || a[axis] > bound === b[axis] > bound) continue;
    const share = (bound - a[axis]) / (b[axis] - a[axis]);
    yield a[1 - axis] + share * (b[1 - axis] - a[1 - axis]);
  }
}

function boxOf(width, x, y, align) {
  const left = x - { left: 0, center: width / 2, right: width }[align];
  return [left - 3, y - 11, left + width + 3, y + 4];
}

const overlap = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

// On a plate of the ground's colour, for a label may cross footprints.
function write(context, text, [x, y, align], [left, top, right, bottom], colours) {
  context.globalAlpha = 0.75;
  context.fillStyle = colours.background;
  context.fillRect(left, top, right - left, bottom - top);
  context.globalAlpha = 1;
  context.textAlign = align;
  context.fillStyle = colours.text2;
  context.fillText(text, x, y);
}

// The longest round angle of at most ``most`` px: deg and px.
export function scaleBar(view, most) {
  const fitting = STEPS.filter((one) => view.lengthOf(one) <= most);
  const deg = fitting.length ? fitting[fitting.length - 1] : STEPS[0];
  return { deg, px: view.lengthOf(deg) };
}
