// Footprints of observations, read once into flat arrays of unit vectors, so that a frame only multiplies.
// A shape is what the server tells: {id, m: mission, s: state, t: label, c: [ra, dec], p: [[ra, dec, …]], o: [[ra, dec, radius]]}.
import { angle, axes, between, dot, normalised, position, RADIAN, vector } from "./sphere.js";

// Edges are arcs of great circles; longer ones are drawn in pieces of this.
const LONGEST_EDGE = 2 * RADIAN;
const CIRCLE_CORNERS = 48;
// An observation of more parts is drawn as the hull of them all until its parts can be told apart.
const MANY_PARTS = 8;

export class Footprints {
  constructor(shapes) {
    this.shapes = shapes;
    this.size = shapes.length;
    this.place = new Map(shapes.map((shape, i) => [shape.id, i]));
    const rings = shapes.map(ringsOf);
    this.ringsFrom = running(rings.map((own) => own.length)); // rings of observation i: ringsFrom[i] to ringsFrom[i + 1]
    const all = rings.flat();
    this.verticesFrom = running(all.map((ring) => ring.vertices.length));
    this.vertices = new Float64Array(this.verticesFrom[all.length] * 3);
    all.forEach((ring, r) => ring.vertices.forEach((v, i) => this.vertices.set(v, 3 * (this.verticesFrom[r] + i))));
    this.radius = Float64Array.from(all, (ring) => ring.radius); // of a circle, radians; 0 for a polygon
    this.centre = shapes.map((shape, i) => middle(rings[i]));
    this.reach = Float64Array.from(shapes, (_, i) => reachOf(rings[i], this.centre[i]));
    this.area = Float64Array.from(rings, areaOf);
    this.partReach = Float64Array.from(rings, (own) => Math.max(0, ...own.map((ring) => reachOf([ring], middle([ring])))));
    this.hull = rings.map((own, i) => (own.length > MANY_PARTS ? hullOf(own, this.centre[i]) : null));
    this.longest = longestOf(all, this.hull);
  }

  // Whether an observation is drawn as the hull of its parts in a view: they would be a few pixels each.
  asHull(i, view) {
    return this.hull[i] !== null && this.partReach[i] * view.scale < 6;
  }

  isOnSky(i) {
    return this.centre[i] !== null;
  }

  // Whether anything of an observation may lie in a view.
  mayMeet(i, view) {
    const centre = this.centre[i];
    if (!centre) return false;
    const reach = view.reach + this.reach[i];
    return reach >= Math.PI || dot(view.centre, centre) > Math.cos(reach);
  }
}

function running(counts) {
  const starts = new Int32Array(counts.length + 1);
  counts.forEach((count, i) => {
    starts[i + 1] = starts[i] + count;
  });
  return starts;
}

function ringsOf(shape) {
  const rings = [];
  for (const flat of shape.p || []) {
    const corners = [];
    for (let i = 0; i + 1 < flat.length; i += 2) corners.push(vector(flat[i], flat[i + 1]));
    if (corners.length > 2) rings.push({ vertices: withLongEdgesCut(corners), corners, radius: 0 });
  }
  for (const [ra, dec, radius] of shape.o || []) {
    rings.push({ vertices: [vector(ra, dec)], corners: [vector(ra, dec)], radius: radius * RADIAN });
  }
  if (!rings.length && shape.c) rings.push({ vertices: [vector(...shape.c)], corners: [vector(...shape.c)], radius: 0 });
  return rings;
}

export function withLongEdgesCut(corners) {
  const vertices = [];
  corners.forEach((corner, i) => {
    const next = corners[(i + 1) % corners.length];
    const pieces = Math.ceil(angle(corner, next) / LONGEST_EDGE) || 1;
    for (let k = 0; k < pieces; k += 1) vertices.push(k ? between(corner, next, k / pieces) : corner);
  });
  return vertices;
}

function middle(rings) {
  if (!rings.length) return null;
  const sum = [0, 0, 0];
  for (const ring of rings) for (const v of ring.vertices) for (let k = 0; k < 3; k += 1) sum[k] += v[k];
  return Math.hypot(...sum) > 1e-9 ? normalised(sum) : rings[0].vertices[0];
}

function reachOf(rings, centre) {
  let most = 0;
  for (const ring of rings) for (const v of ring.vertices) most = Math.max(most, angle(v, centre) + ring.radius);
  return Math.min(most, Math.PI);
}

// Vertices of the longest outline, one after another: there may be more rings than a call takes arguments.
function longestOf(rings, hulls) {
  let most = 1;
  for (const { vertices } of rings) most = Math.max(most, vertices.length);
  for (const hull of hulls) if (hull) most = Math.max(most, hull.length / 3);
  return most;
}

// Steradians, good enough to tell which of two footprints is the smaller.
function areaOf(rings) {
  let sum = 0;
  for (const ring of rings) {
    if (ring.vertices.length < 3) {
      sum += Math.PI * ring.radius ** 2;
      continue;
    }
    const flat = onPlane(ring.vertices, middle([ring]));
    let twice = 0;
    flat.forEach(([x, y], i) => {
      const [nx, ny] = flat[(i + 1) % flat.length];
      twice += x * ny - nx * y;
    });
    sum += Math.abs(twice) / 2;
  }
  return sum;
}

// The plane around a centre (stereographic, like the view).
function onPlane(vertices, centre) {
  const { ra, dec } = position(centre);
  const { east, north } = axes(ra, dec);
  return vertices.map((v) => {
    const depth = 2 / Math.max(0.05, 1 + dot(centre, v));
    return [depth * dot(east, v), depth * dot(north, v)];
  });
}

// The convex hull of all parts, as a flat array of unit vectors (Andrew's monotone chain).
function hullOf(rings, centre) {
  const vertices = rings.flatMap((ring) => (ring.radius ? around(ring) : ring.vertices));
  const flat = onPlane(vertices, centre);
  const order = flat.map((_, i) => i).sort((a, b) => flat[a][0] - flat[b][0] || flat[a][1] - flat[b][1]);
  const turn = (a, b, c) =>
    (flat[b][0] - flat[a][0]) * (flat[c][1] - flat[a][1]) - (flat[b][1] - flat[a][1]) * (flat[c][0] - flat[a][0]);
  const half = (indices) => {
    const chain = [];
    for (const i of indices) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], i) <= 0) chain.pop();
      chain.push(i);
    }
    return chain.slice(0, -1);
  };
  return Float64Array.from([...half(order), ...half(order.reverse())].flatMap((i) => vertices[i]));
}

// Corners of a circle, for what needs a polygon.
function around({ vertices: [centre], radius }) {
  const { ra, dec } = position(centre);
  const { east, north } = axes(ra, dec);
  return Array.from({ length: CIRCLE_CORNERS }, (_, k) => {
    const turn = (2 * Math.PI * k) / CIRCLE_CORNERS;
    const [c, s] = [Math.cos(radius), Math.sin(radius)];
    return centre.map((value, i) => value * c + (north[i] * Math.cos(turn) + east[i] * Math.sin(turn)) * s);
  });
}
