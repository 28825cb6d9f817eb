// The regions that were searched, as dotted lines.
import { withLongEdgesCut } from "./footprints.js";
import { RADIAN, vector } from "./sphere.js";

const FLAT = 1e5; // px: a larger circle is not drawn
const MARGIN = 20; // px around the pane to which the lines are cut

// A shape on the sky: a ring of unit vectors, whose edges are arcs of great circles, or a circle.
export class Outline {
  constructor({ ring, centre, radius }) {
    Object.assign(this, { ring: ring && withLongEdgesCut(ring), centre, radius });
  }

  trace(context, view) {
    context.beginPath();
    if (this.ring) {
      this.ring.map((v) => view.project(v)).filter(Boolean).forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
    } else {
      const drawn = view.circle(this.centre, this.radius);
      if (drawn && drawn[2] < FLAT) context.arc(drawn[0], drawn[1], drawn[2], 0, 2 * Math.PI);
    }
  }
}

// The shapes of the regions that are searched, as the server tells them: {p: [ra, dec, …]} or {o: [ra, dec, radius]}, deg;
// with {k: side} a ring is that of coarser cells around a MOC.
export function outlinesOf(told) {
  return told.map(({ p, o, k }) => {
    if (o) return new Outline({ centre: vector(o[0], o[1]), radius: o[2] * RADIAN });
    return Object.assign(new Outline({ ring: p.flatMap((ra, i) => (i % 2 ? [] : [vector(ra, p[i + 1])])) }), { coarse: k });
  });
}

export function drawSearched(context, view, outlines, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.setLineDash([2, 4]);
  for (const outline of outlines) {
    if (outline.ring) traceLines(context, view, outline.ring);
    else outline.trace(context, view);
    context.stroke();
  }
  context.setLineDash([]);
}

// The parts of a ring that cross the pane: others lie behind, or are a dashed line of a million pixels.
function traceLines(context, view, ring) {
  const pixels = ring.map((v) => view.project(v));
  let pen = null;
  context.beginPath();
  pixels.forEach((a, i) => {
    const b = pixels[(i + 1) % pixels.length];
    const [from, to] = (a && b && within(view, a, b)) || [];
    if (from && pen !== a) context.moveTo(...from);
    if (from) context.lineTo(...to);
    pen = to === b ? b : null;
  });
}

// The part of a line that lies in the pane and a margin (Liang and Barsky 1984); null for none.
function within({ width, height }, a, b) {
  let [begin, end] = [0, 1];
  for (const [axis, most] of [[0, width + MARGIN], [1, height + MARGIN]]) {
    const along = b[axis] - a[axis];
    const shares = [(-MARGIN - a[axis]) / along, (most - a[axis]) / along].sort((one, other) => one - other);
    if (along === 0 && (a[axis] < -MARGIN || a[axis] > most)) return null;
    if (along !== 0) [begin, end] = [Math.max(begin, shares[0]), Math.min(end, shares[1])];
  }
  if (begin > end) return null;
  const at = (share) => [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
  return [begin > 0 ? at(begin) : a, end < 1 ? at(end) : b];
}
