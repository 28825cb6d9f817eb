// The view that shows the results: around the searched position, else around the row that is nearest to most others.
import { angle, position, RADIAN, vector } from "./sphere.js";

const SMALLEST = 40 / 3600; // deg
const WIDEST = 120;
const COMPARED = 60; // rows that are compared with each other; more cost time and move nothing

// ra, dec and fov, deg.
export function fit(footprints, sources, circle, view, searched = []) {
  const rows = footprints.centre.flatMap((centre, i) => (centre ? [{ centre, reach: footprints.reach[i] }] : []));
  for (const { at } of sources) rows.push({ centre: at, reach: 0 });
  // nothing was found: where it was looked for
  if (!rows.length) for (const { ring, centre, radius } of searched) rows.push(...(ring || [centre]).map((at) => ({ centre: at, reach: radius || 0 })));
  if (!rows.length && !circle) return { ra: view.ra, dec: view.dec, fov: view.fov };
  const centre = circle ? vector(circle.ra, circle.dec) : middle(rows);
  const reaches = rows.map((row) => angle(row.centre, centre) + row.reach).sort((a, b) => a - b);
  const wanted = reaches.length ? reaches[Math.floor(0.85 * (reaches.length - 1))] : 0;
  const around = circle ? (rows.length ? 0 : circle.radius * RADIAN) : 0;
  // the narrower side of the pane holds it
  const wide = (2.3 * Math.max(wanted, around)) / RADIAN;
  const fov = view.height < view.width ? (wide * view.width) / view.height : wide;
  return { ...position(centre), fov: Math.max(SMALLEST, Math.min(WIDEST, fov)) };
}

function middle(rows) {
  const step = Math.max(1, Math.floor(rows.length / COMPARED));
  const some = rows.filter((_, i) => i % step === 0);
  let [best, nearest] = [some[0].centre, Infinity];
  for (const { centre } of some) {
    const apart = some.map((other) => angle(other.centre, centre)).sort((a, b) => a - b);
    const median = apart[Math.floor(apart.length / 2)];
    if (median < nearest) [best, nearest] = [centre, median];
  }
  return best;
}
