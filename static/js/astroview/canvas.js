// How a canvas is drawn. A browser without a graphics card lets the processor play one, and outlines then take four times as
// long as on a canvas in plain memory, which is what a browser gives to who reads it often.
const PLAYED = /swiftshader|llvmpipe|softpipe|software|basic render/i;
let memory = null;

function isPlayed() {
  const probe = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  if (!probe) return true;
  const told = probe.getExtension("WEBGL_debug_renderer_info");
  const renderer = probe.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : probe.RENDERER);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  return PLAYED.test(renderer);
}

export function contextOf(canvas) {
  memory ??= isPlayed();
  return canvas.getContext("2d", { willReadFrequently: memory });
}
