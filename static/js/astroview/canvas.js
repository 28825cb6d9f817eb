// How a canvas is drawn. A browser without a graphics card lets the processor play one, and outlines then take four times as
// long as on a canvas in plain memory, which is what a browser gives to who reads it often. To ask for the card can take
// longer than to draw the page, so it is asked once that is done, and the answer is for the next page.
const PLAYED = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const KEY = "sky-card";

function isPlayed() {
  const probe = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  if (!probe) return true;
  const told = probe.getExtension("WEBGL_debug_renderer_info");
  const renderer = probe.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : probe.RENDERER);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  return PLAYED.test(renderer);
}

export function rememberCard() {
  try {
    localStorage.setItem(KEY, isPlayed() ? "played" : "real");
  } catch {
    // Plain memory for the next page too.
  }
}

function hasCard() {
  try {
    return localStorage.getItem(KEY) === "real";
  } catch {
    return false;
  }
}

export function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: !hasCard() });
}
