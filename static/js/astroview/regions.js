// Drawing a region: a box, a circle or a free line. It becomes STC-S text; the server does the geometry.
import { Outline } from "./searched.js";
import { angle, between, dot, RADIAN } from "./sphere.js";

const LEAST = 6; // px: less is a slip of the hand
const MOST_CORNERS = 60;
const DECIMALS = 6;

const number = (value) => String(Number(value.toFixed(DECIMALS)));
const pair = ({ ra, dec }) => `${number(ra)} ${number(dec)}`;

export class RegionTools {
  constructor(sky) {
    this.sky = sky;
    this.name = "";
    this.points = null;
  }

  // box, circle, lasso, or empty for none.
  use(name) {
    this.name = name;
    this.points = null;
    this.sky.set({ draft: null });
    this.sky.part("stage").classList.toggle("drawing", Boolean(name));
    this.sky.tell("tool", name);
  }

  get active() {
    return Boolean(this.name && this.points);
  }

  begin(x, y) {
    if (!this.name) return;
    this.points = [[x, y]];
    this.sky.set({ draft: null });
  }

  extend(x, y) {
    const { points, name } = this;
    const [lx, ly] = points[points.length - 1];
    if (name === "lasso") {
      if (Math.hypot(x - lx, y - ly) >= 3) points.push([x, y]);
    } else {
      this.points = [points[0], [x, y]];
    }
    this.sky.set({ draft: new Draft(this.outline(this.sky.view)) });
  }

  finish() {
    const { sky, points } = this;
    this.points = null;
    const across = Math.max(0, ...points.map(([x, y]) => Math.hypot(x - points[0][0], y - points[0][1])));
    if (points.length < (this.name === "lasso" ? 3 : 2) || across < LEAST) {
      sky.set({ draft: null });
      return;
    }
    const found = this.name === "circle" ? circleOf(sky.view, points) : polygonOf(sky.view, this.corners(points), this.name === "box");
    const drawn = sky.draft;
    this.use("");
    sky.set({ draft: drawn });
    if (found) sky.tell("regionselect", found);
    else sky.tell("problem", "A region reaches at most 90° from the centre of the view. Draw a smaller one.");
  }

  cancel() {
    if (this.name || this.sky.draft) this.use("");
    this.sky.tell("regionselect", null);
  }

  corners(points) {
    if (this.name !== "box") return thinned(points);
    const [[ax, ay], [bx, by]] = points;
    return [[ax, ay], [bx, ay], [bx, by], [ax, by]];
  }

  // Unit vectors of what is drawn so far.
  outline(view) {
    const { points, name } = this;
    if (name !== "circle") return { ring: (name === "box" ? this.corners(points) : points).map(([x, y]) => view.vectorAt(x, y)) };
    const centre = view.vectorAt(...points[0]);
    return { centre, radius: angle(centre, view.vectorAt(...points[1])) };
  }
}

// A region in the making; it stays where it is on the sky while the view moves.
class Draft extends Outline {
  draw(context, view, colours) {
    this.trace(context, view);
    context.globalAlpha = 0.15;
    context.fillStyle = colours.cursor;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colours.cursor;
    context.lineWidth = 1.6;
    context.setLineDash([6, 4]);
    context.stroke();
    context.setLineDash([]);
  }
}

function circleOf(view, [from, to]) {
  const centre = view.vectorAt(...from);
  const radius = angle(centre, view.vectorAt(...to)) / RADIAN;
  return { stcs: `CIRCLE ICRS ${pair(view.at(...from))} ${number(radius)}`, radius, at: view.at(...from) };
}

function polygonOf(view, corners, isBox) {
  const vectors = corners.map(([x, y]) => view.vectorAt(x, y));
  if (vectors.some((v) => dot(v, view.centre) < 0.02)) return null;
  const places = corners.map(([x, y]) => view.at(x, y));
  const stcs = `POLYGON ICRS ${places.map(pair).join(" ")}`;
  return isBox ? { stcs, size: sizeOf(vectors) } : { stcs, corners: places.length };
}

// Width and height of a box between the middles of its sides, deg.
function sizeOf([a, b, c, d]) {
  const sides = [[a, b], [b, c], [c, d], [d, a]].map((ends) => between(...ends, 0.5));
  return [[sides[3], sides[1]], [sides[0], sides[2]]].map((ends) => angle(...ends) / RADIAN);
}

// A free line with fewer corners: those that matter least go first (Visvalingam and Whyatt 1993).
function thinned(points) {
  const kept = points.slice();
  const weight = (i) => {
    const [a, b, c] = [kept[(i + kept.length - 1) % kept.length], kept[i], kept[(i + 1) % kept.length]];
    return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]));
  };
  while (kept.length > 3) {
    let [least, at] = [Infinity, -1];
    for (let i = 0; i < kept.length; i += 1) if (weight(i) < least) [least, at] = [weight(i), i];
    if (kept.length <= MOST_CORNERS && least > 8) break;
    kept.splice(at, 1);
  }
  return kept;
}
