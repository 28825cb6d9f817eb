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
  context.lineJoin = "round";
  for (const line of lines) label(context, view, line, colours);
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
    const text = isGalactic ? degreeLabel(lat, up) : decLabel(lat, up, Math.abs(lat) < 1e-9 ? "" : undefined);
    lines.push({ kind: "parallel", text, points: sample(view, (share) => to(l + (2 * share - 1) * half, lat)) });
  }
  const first = pole ? 0 : Math.ceil((l - half) / across) * across;
  const last = pole ? 359.999 : l + half;
  for (let lon = first; lon <= last; lon += across) {
    const turned = ((lon % 360) + 360) % 360;
    const text = isGalactic ? degreeLabel(turned, across) : raLabel(turned, across);
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

// Parallels are told at the left edge, meridians at the lower one.
function label(context, view, { kind, text, points }, colours) {
  const edge = kind === "parallel" ? 0 : 1;
  const bound = kind === "parallel" ? 0 : view.height;
  for (let k = 1; k < points.length; k += 1) {
    const [a, b] = [points[k - 1], points[k]];
    if (!a || !b || a[edge] > bound === b[edge] > bound) continue;
    const share = (bound - a[edge]) / (b[edge] - a[edge]);
    const across = a[1 - edge] + share * (b[1 - edge] - a[1 - edge]);
    if (kind === "parallel" && across > 96 && across < view.height - 130) write(context, text, 5, across - 4, "left", colours);
    if (kind === "meridian" && across > 30 && across < view.width - 30) write(context, text, across, view.height - 5, "center", colours);
    return;
  }
}

export function write(context, text, x, y, align, colours, fill = colours.text2) {
  context.textAlign = align;
  context.lineWidth = 3;
  context.strokeStyle = colours.background;
  context.strokeText(text, x, y);
  context.fillStyle = fill;
  context.fillText(text, x, y);
}

// The longest round angle of at most ``most`` px: deg and px.
export function scaleBar(view, most) {
  const fitting = STEPS.filter((one) => view.lengthOf(one) <= most);
  const deg = fitting.length ? fitting[fitting.length - 1] : STEPS[0];
  return { deg, px: view.lengthOf(deg) };
}
