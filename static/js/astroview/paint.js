// Footprints on a canvas: the state is the line (solid public, dashed exclusive, dotted planned), the mission or the
// search the colour. One stroke an outline: joined ones take the rasteriser three times as long.
import { outlines } from "./outline.js";

const DASHES = { public: [], exclusive: [5, 3], planned: [1.5, 2.5] };
const DRAWN_MARK = 3;

export class Painter {
  constructor(context) {
    this.context = context;
    this.pixels = new Float64Array(64);
  }

  room(footprints) {
    if (this.pixels.length < 2 * footprints.longest) this.pixels = new Float64Array(2 * footprints.longest);
  }

  // All footprints of a set that ``shown`` lets through.
  all(footprints, view, colourOf, shown) {
    this.room(footprints);
    const { context } = this;
    context.lineJoin = "bevel";
    let style = "";
    for (const i of ordered(footprints)) {
      if (!footprints.mayMeet(i, view) || !shown(footprints.shapes[i].id)) continue;
      const { m, s } = footprints.shapes[i];
      const wanted = `${m} ${s}`;
      if (wanted !== style) this.style(colourOf(footprints.shapes[i]), s);
      style = wanted;
      this.stroke(footprints, i, view);
    }
    context.setLineDash([]);
  }

  style(colour, state, width = state === "planned" ? 1.6 : 1.2) {
    const { context } = this;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width;
    context.setLineDash(DASHES[state] || []);
  }

  // One footprint as something apart: thicker, and filled when ``fill`` is a colour.
  one(footprints, i, view, { colour, width, fill }) {
    if (!footprints.mayMeet(i, view)) return;
    this.room(footprints);
    const { context } = this;
    const { s } = footprints.shapes[i];
    if (fill) {
      context.fillStyle = fill;
      context.beginPath();
      this.trace(footprints, i, view);
      context.fill();
    }
    context.lineJoin = "bevel";
    this.style(colour, s, width);
    this.stroke(footprints, i, view, width + 3);
    context.setLineDash([]);
  }

  stroke(footprints, i, view, mark = DRAWN_MARK) {
    const { context } = this;
    outlines(footprints, i, view, this.pixels, {
      ring: (pixels, count) => {
        context.beginPath();
        path(context, pixels, count);
        context.stroke();
      },
      circle: (x, y, radius) => {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.stroke();
      },
      mark: (x, y) => context.fillRect(x - mark / 2, y - mark / 2, mark, mark),
    });
  }

  trace(footprints, i, view) {
    const { context } = this;
    outlines(footprints, i, view, this.pixels, {
      ring: (pixels, count) => path(context, pixels, count),
      circle: (x, y, radius) => {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      },
      mark: () => {},
    });
  }
}

function path(context, pixels, count) {
  context.moveTo(pixels[0], pixels[1]);
  for (let k = 2; k < 2 * count; k += 2) context.lineTo(pixels[k], pixels[k + 1]);
  context.closePath();
}

// Observations of one look after another: changing the style of the line costs more than a line.
function ordered(footprints) {
  if (!footprints.order) {
    const key = ({ m, s }) => `${s} ${m}`;
    footprints.order = footprints.shapes.map((_, i) => i);
    footprints.order.sort((a, b) => key(footprints.shapes[a]).localeCompare(key(footprints.shapes[b])) || a - b);
  }
  return footprints.order;
}
