// HEALPix cells, nested numbering (Górski et al. 2005, ApJ 622, 759): their corners as unit vectors.
const RING_OF_FACE = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4];
const TURN_OF_FACE = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7];

// The point of a base cell at x (to the north-east) and y (to the north-west), 0 to 1.
function pointOf(face, x, y) {
  const ring = RING_OF_FACE[face] - x - y;
  const near = ring < 1 ? ring : ring > 3 ? 4 - ring : 1;
  const z = ring < 1 ? 1 - (near * near) / 3 : ring > 3 ? (near * near) / 3 - 1 : ((2 - ring) * 2) / 3;
  const across = near < 1 ? near * Math.sqrt((2 - (near * near) / 3) / 3) : Math.sqrt(1 - z * z);
  let turn = TURN_OF_FACE[face] * near + x - y;
  if (turn < 0) turn += 8;
  if (turn >= 8) turn -= 8;
  const phi = near < 1e-15 ? 0 : (Math.PI / 4) * (turn / near);
  return [across * Math.cos(phi), across * Math.sin(phi), z];
}

// Base cell, x and y of a cell; numbers of order 13 and more do not fit 32 bits, so no shifts.
function placeOf(order, number) {
  const perFace = 4 ** order;
  const face = Math.floor(number / perFace);
  let rest = number % perFace;
  let [x, y] = [0, 0];
  for (let bit = 1; rest > 0; bit *= 2) {
    const pair = rest % 4;
    x += bit * (pair % 2);
    y += bit * Math.floor(pair / 2);
    rest = Math.floor(rest / 4);
  }
  return { face, x, y };
}

// Corners of a cell and points on its edges, counter-clockwise from the south.
export function cornersOf(order, number, pieces = order < 2 ? 8 : order < 4 ? 4 : order < 6 ? 2 : 1) {
  const { face, x, y } = placeOf(order, number);
  const side = 2 ** order;
  const corners = [];
  for (const [dx, dy, sx, sy] of [[0, 0, 1, 0], [1, 0, 0, 1], [1, 1, -1, 0], [0, 1, 0, -1]]) {
    for (let k = 0; k < pieces; k += 1) {
      corners.push(pointOf(face, (x + dx + (sx * k) / pieces) / side, (y + dy + (sy * k) / pieces) / side));
    }
  }
  return corners;
}

export function middleOf(order, number) {
  const { face, x, y } = placeOf(order, number);
  return pointOf(face, (x + 0.5) / 2 ** order, (y + 0.5) / 2 ** order);
}
