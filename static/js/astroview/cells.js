// Cells of the sky: how many observations lie in each (the coverage), and a MOC.
import { cornersOf, middleOf } from "./healpix.js";
import { dot, RADIAN } from "./sphere.js";

const CELL_DEG = 58.6; // side of a base cell

// Counts as the opacity of a colour, logarithmic: one observation is seen beside ten thousand.
export const shade = (count, most) => 0.12 + (0.6 * Math.log1p(count)) / Math.log1p(most);

export class Cells {
  // cells: [number, count] of one order, or of several as {order: [numbers]}.
  static ofCoverage({ order, cells }) {
    return new Cells(cells.map(([number, count]) => ({ order, number, count })));
  }

  static ofMoc(moc) {
    const all = Object.entries(moc).flatMap(([order, numbers]) => numbers.map((number) => ({ order: Number(order), number, count: 1 })));
    return new Cells(all);
  }

  constructor(cells) {
    this.cells = cells.map((cell) => ({
      ...cell,
      corners: Float64Array.from(cornersOf(cell.order, cell.number).flat()),
      middle: middleOf(cell.order, cell.number),
      reach: (CELL_DEG * RADIAN) / 2 ** cell.order,
    }));
    this.most = cells.reduce((most, { count }) => Math.max(most, count), 1);
    this.least = cells.reduce((least, { count }) => Math.min(least, count), this.most);
    this.pixels = new Float64Array(64);
  }

  *seen(view) {
    for (const cell of this.cells) {
      const reach = view.reach + cell.reach;
      if (reach < Math.PI && dot(view.centre, cell.middle) < Math.cos(reach)) continue;
      const count = view.projectAll(cell.corners, 0, cell.corners.length / 3, this.pixels);
      if (count * 3 === cell.corners.length) yield [cell, count];
    }
  }

  drawCounts(context, view, colour) {
    context.fillStyle = colour;
    for (const [cell, count] of this.seen(view)) {
      context.globalAlpha = shade(cell.count, this.most);
      context.beginPath();
      this.trace(context, count);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  // All cells as one area.
  drawArea(context, view, colour) {
    context.fillStyle = colour;
    context.globalAlpha = 0.28;
    context.beginPath();
    for (const [, count] of this.seen(view)) this.trace(context, count);
    context.fill();
    context.globalAlpha = 1;
  }

  trace(context, count) {
    context.moveTo(this.pixels[0], this.pixels[1]);
    for (let k = 2; k < 2 * count; k += 2) context.lineTo(this.pixels[k], this.pixels[k + 1]);
    context.closePath();
  }

  // The cell under a unit vector; that of the nearest middle is near enough for a label.
  at(v) {
    let [best, nearest] = [null, -1];
    for (const cell of this.cells) {
      const near = dot(v, cell.middle);
      if (near > nearest) [best, nearest] = [cell, near];
    }
    return best && Math.acos(Math.min(1, nearest)) < best.reach * 0.75 ? best : null;
  }
}
