// What scrolls sideways can be reached and scrolled with the keyboard.
const reachable = () => {
  const boxes = ".bd-article :is(pre, div.math, .dlbook-figure, .pst-scrollable-table-container, .output)";
  for (const box of document.querySelectorAll(boxes)) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls && !box.querySelector("a, button, input")) box.tabIndex = 0;
    else if (!scrolls) box.removeAttribute("tabindex");
  }
};

addEventListener("load", () => {
  const settled = globalThis.MathJax?.startup?.promise ?? Promise.resolve();
  settled.then(reachable);
});
addEventListener("resize", reachable);

// The theme's label for this button hides the shortcut that is written on it.
document.querySelector(".search-button-field")?.removeAttribute("aria-label");
