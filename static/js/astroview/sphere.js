// Positions as unit vectors: RA through 0h and the poles cost nothing. Angles in degrees at the border, radians inside.
export const RADIAN = Math.PI / 180;

export const vector = (ra, dec) => {
  const across = Math.cos(dec * RADIAN);
  return [across * Math.cos(ra * RADIAN), across * Math.sin(ra * RADIAN), Math.sin(dec * RADIAN)];
};

// RA 0 to 360 and Dec, deg.
export const position = ([x, y, z]) => ({
  ra: (Math.atan2(y, x) / RADIAN + 360) % 360,
  dec: Math.atan2(z, Math.hypot(x, y)) / RADIAN,
});

export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const normalised = (v) => {
  const length = Math.hypot(...v) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
};

// Angle between unit vectors, radians; exact for small ones too.
export const angle = (a, b) => 2 * Math.asin(Math.min(1, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 2));

// The point ``share`` of the way along the shorter arc from a to b.
export const between = (a, b, share) => {
  const whole = angle(a, b);
  if (whole < 1e-9) return a;
  const from = Math.sin((1 - share) * whole) / Math.sin(whole);
  const to = Math.sin(share * whole) / Math.sin(whole);
  return normalised([a[0] * from + b[0] * to, a[1] * from + b[1] * to, a[2] * from + b[2] * to]);
};

// Unit vectors to the east and to the north of a position.
export const axes = (ra, dec) => {
  const [a, d] = [ra * RADIAN, dec * RADIAN];
  return {
    east: [-Math.sin(a), Math.cos(a), 0],
    north: [-Math.sin(d) * Math.cos(a), -Math.sin(d) * Math.sin(a), Math.cos(d)],
  };
};

// Rows of the rotation from ICRS to galactic coordinates (Hipparcos catalogue, volume 1, equation 1.5.11).
const GALACTIC = [
  [-0.0548755604162154, -0.873437090234885, -0.4838350155487132],
  [0.4941094278755837, -0.4448296299600112, 0.7469822444972189],
  [-0.867666149019004, -0.1980763734312015, 0.4559837761750669],
];

// Galactic longitude and latitude, deg, of an ICRS position.
export const galactic = (ra, dec) => {
  const v = vector(ra, dec);
  const { ra: l, dec: b } = position(GALACTIC.map((row) => dot(row, v)));
  return { l, b };
};

// The unit vector of galactic coordinates, deg.
export const fromGalactic = (l, b) => {
  const g = vector(l, b);
  return [0, 1, 2].map((i) => GALACTIC[0][i] * g[0] + GALACTIC[1][i] * g[1] + GALACTIC[2][i] * g[2]);
};
