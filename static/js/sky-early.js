// Reads what the sky shows of all rows of a search while the page itself is still being read: once the page has been read the
// browser is busy with its scripts, and an answer that is there by then is drawn in the first frame of the sky. Runs in the head.
(() => {
  const link = document.querySelector("link[rel=preload][as=fetch]");
  if (!link) return;
  const read = async () => {
    const response = await fetch(link.href, { signal: AbortSignal.timeout(60000) }); // ms, as in answers.js
    return { isGood: response.ok, status: response.status, answer: await response.json().catch(() => null) };
  };
  window.skyEarly = { address: link.getAttribute("href"), read: read() };
  window.skyEarly.read.catch(() => {}); // told by the view that waits for it
})();
