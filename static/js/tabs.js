// The strip of tabs scrolls sideways when there are many: the current one is brought into sight.
(() => {
  function show() {
    const strip = document.querySelector("#tabs ul");
    const tab = strip?.querySelector(".tab.current");
    if (!tab) return;
    const hidden = tab.offsetLeft < strip.scrollLeft || tab.offsetLeft + tab.offsetWidth > strip.scrollLeft + strip.clientWidth;
    if (hidden) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:afterSettle", show);
})();
