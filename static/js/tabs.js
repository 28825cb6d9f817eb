// The strip of tabs scrolls sideways when there are many: the current one is brought into sight.
(() => {
  function show() {
    const strip = document.querySelector("#tabs ul");
    const tab = strip?.querySelector(".tab.current");
    if (!tab) return;
    const left = tab.offsetLeft - strip.scrollLeft;
    const hidden = left < strip.firstElementChild.offsetWidth || left + tab.offsetWidth > strip.clientWidth;
    if (hidden) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }

  document.addEventListener("DOMContentLoaded", show);
  // with the next frame, which lays the page out anyway
  document.addEventListener("htmx:afterSettle", () => requestAnimationFrame(show));
})();
