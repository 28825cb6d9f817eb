// The outlines of one observation in pixels: what painting, picking and the label share.
const TINY = 2.5; // px: smaller outlines are a mark
const MARGIN = 60; // px around the pane to which huge outlines are cut
const HUGE = 4000;

// Calls ``ring(pixels, count)``, ``circle(x, y, radius)`` or ``mark(x, y)`` for each part of observation ``i`` in view.
export function outlines(footprints, i, view, pixels, { ring, circle, mark }) {
  if (footprints.asHull(i, view)) {
    const hull = footprints.hull[i];
    const count = view.projectAll(hull, 0, hull.length / 3, pixels);
    part(pixels, count, view, ring, mark);
    return;
  }
  for (let r = footprints.ringsFrom[i]; r < footprints.ringsFrom[i + 1]; r += 1) {
    const [from, to] = [footprints.verticesFrom[r], footprints.verticesFrom[r + 1]];
    if (footprints.radius[r]) {
      round(footprints.vertices.subarray(3 * from, 3 * to), footprints.radius[r], view, circle, mark);
    } else {
      part(pixels, view.projectAll(footprints.vertices, from, to, pixels), view, ring, mark);
    }
  }
}

function round(centre, radius, view, circle, mark) {
  const drawn = view.circle(centre, radius);
  if (!drawn) return;
  const [x, y, r] = drawn;
  if (x + r < 0 || y + r < 0 || x - r > view.width || y - r > view.height) return;
  if (2 * r < TINY) mark(x, y);
  else circle(x, y, r);
}

function part(pixels, count, view, ring, mark) {
  if (!count) return;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < 2 * count; k += 2) {
    left = Math.min(left, pixels[k]);
    right = Math.max(right, pixels[k]);
    top = Math.min(top, pixels[k + 1]);
    bottom = Math.max(bottom, pixels[k + 1]);
  }
  if (right < 0 || bottom < 0 || left > view.width || top > view.height) return;
  if (count < 3 || (right - left < TINY && bottom - top < TINY)) {
    mark((left + right) / 2, (top + bottom) / 2);
  } else if (right - left > HUGE || bottom - top > HUGE) {
    const cut = clipped(pixels, count, view);
    if (cut.length > 5) ring(cut, cut.length / 2);
  } else {
    ring(pixels, count);
  }
}

// A ring cut to the pane and a margin (Sutherland and Hodgman 1974): a dashed line of a million pixels takes seconds.
function clipped(pixels, count, view) {
  let ring = Array.from(pixels.subarray(0, 2 * count));
  const bounds = [[0, 1, -MARGIN], [0, -1, -view.width - MARGIN], [1, 1, -MARGIN], [1, -1, -view.height - MARGIN]];
  for (const [axis, sign, bound] of bounds) {
    const out = [];
    const depth = (k) => sign * ring[k + axis] - bound;
    for (let k = 0; k < ring.length; k += 2) {
      const next = (k + 2) % ring.length;
      const [here, there] = [depth(k), depth(next)];
      if (here >= 0) out.push(ring[k], ring[k + 1]);
      if (here >= 0 !== there >= 0) {
        const share = here / (here - there);
        out.push(ring[k] + share * (ring[next] - ring[k]), ring[k + 1] + share * (ring[next + 1] - ring[k + 1]));
      }
    }
    ring = out;
  }
  return ring;
}
