// A click on a button before the page's modules have run would be lost: it is kept, and done once they have. The page can be
// seen long before that on a slow line or a busy computer. Not a module: modules run after the page, and this comes first.
{
  /** @type {Set<HTMLButtonElement>} */
  const clicked = new Set();

  /** @param {Event} event */
  const keep = (event) => {
    const button = event.target instanceof Element && event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    clicked.delete(button); // once, and in the order of the last clicks
    clicked.add(button);
  };

  document.addEventListener("click", keep, true);
  document.addEventListener("DOMContentLoaded", () => { // it waits for every module
    document.removeEventListener("click", keep, true);
    for (const button of clicked) button.click();
  });
}
