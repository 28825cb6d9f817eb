// Reads what the sky shows of all rows of a search while the page itself is still being read: once the page has been read the
// browser is busy with its scripts, and an answer that is there by then is drawn in the first frame of the sky. Runs in the head.
(() => {
  const PATIENCE = 60000; // ms, longer than any search may take

  // As the preload asks for it, without a header of its own; the view reads everything so.
  window.readForSky = async (address) => {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    return { isGood: response.ok, status: response.status, answer: await response.json().catch(() => null) };
  };

  const link = document.querySelector("link[rel=preload][as=fetch]");
  if (!link) return;
  window.skyEarly = { address: link.getAttribute("href"), read: window.readForSky(link.href) };
  window.skyEarly.read.catch(() => {}); // told by the view that waits for it
})();
