// Positions and angles as people read them.
import { galactic } from "./sphere.js";

const two = (number) => String(number).padStart(2, "0");
const signed = (deg, digits) => `${deg < 0 ? "-" : "+"}${Math.abs(deg).toFixed(digits)}`;

const inDegrees = () => document.documentElement.classList.contains("degrees");

// ``00 42 44.33 +41 16 07.5`` or ``10.68471 +41.26875``; galactic ones always in degrees.
export function positionText({ ra, dec }, frame = "icrs") {
  if (frame === "galactic") {
    const { l, b } = galactic(ra, dec);
    return `l ${l.toFixed(5)} b ${signed(b, 5)}`;
  }
  if (inDegrees()) return `${ra.toFixed(5)} ${signed(dec, 5)}`;
  const hundredths = Math.round(ra * 24000) % 8640000;
  const tenths = Math.round(Math.abs(dec) * 36000);
  const seconds = ((hundredths % 6000) / 100).toFixed(2).padStart(5, "0");
  const time = `${two(Math.floor(hundredths / 360000))} ${two(Math.floor(hundredths / 6000) % 60)} ${seconds}`;
  const arcsec = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${time} ${dec < 0 ? "-" : "+"}${two(Math.floor(tenths / 36000))} ${two(Math.floor(tenths / 600) % 60)} ${arcsec}`;
}

// ``5′``, ``1.5°``, ``20″``: two digits.
export function angleText(deg) {
  const rounded = (value) => String(Number(value.toPrecision(2)));
  if (deg >= 0.995) return `${rounded(deg)}°`;
  if (deg * 60 >= 0.995) return `${rounded(deg * 60)}′`;
  return `${rounded(deg * 3600)}″`;
}

// A grid line's right ascension, to the unit that its step needs; ``deg`` in degrees.
export function raLabel(deg, step) {
  const tenths = Math.round((deg / 15) * 36000) % 864000;
  let text = `${two(Math.floor(tenths / 36000))}h`;
  if (step < 15) text += ` ${two(Math.floor(tenths / 600) % 60)}m`;
  if (step < 0.25) {
    const seconds = tenths % 600;
    text += step >= 1 / 240 ? ` ${two(Math.floor(seconds / 10))}s` : ` ${(seconds / 10).toFixed(1).padStart(4, "0")}s`;
  }
  return text;
}

export function decLabel(deg, step, sign = deg < 0 ? "-" : "+") {
  const arcsec = Math.round(Math.abs(deg) * 3600 * 10) / 10;
  let text = `${sign}${two(Math.floor(arcsec / 3600))}°`;
  if (step < 1) text += ` ${two(Math.floor(arcsec / 60) % 60)}′`;
  if (step < 1 / 60) text += step < 1 / 3600 ? ` ${(arcsec % 60).toFixed(1).padStart(4, "0")}″` : ` ${two(Math.floor(arcsec % 60))}″`;
  return text;
}

// To the digit that a step of 1, 2 or 5 of some power of ten needs.
export const degreeLabel = (deg, step) => `${Number(deg.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))))}°`;

export const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
