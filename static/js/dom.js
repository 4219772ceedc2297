// The few things done to the page again and again. A write that changes nothing is skipped: four polls a second stay cheap, and
// a screen reader hears the verdict only when it is a new one.

/**
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {any} the element; the page is ours, so a missing one is a mistake and throws
 */
export function find(selector, within = document) {
  const element = within.querySelector(selector);
  if (!element) throw new Error(`The page has no ${selector}`);
  return element;
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {boolean} shown */
export function setShown(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** Off, but still in the tab order. @param {HTMLElement} button @param {boolean} can */
export function allow(button, can) {
  const value = String(!can);
  if (button.getAttribute("aria-disabled") !== value) button.setAttribute("aria-disabled", value);
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A text of the server in which code stands in backticks. @param {string} text @returns {(Node | string)[]} */
export const coded = (text) => text.split("`").map((piece, place) => (place % 2 ? make("code", {}, piece) : piece));

/** The same in place of what an element has. @param {Element} element @param {string} text */
export function setCoded(element, text) {
  if (element.textContent !== text.replaceAll("`", "")) element.replaceChildren(...coded(text));
}

/** @param {string} name one of the symbols in templates/icons.svg */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @typedef {"good" | "bad" | "busy" | "none"} Tone */
const ICONS = { good: "agree", bad: "disagree", busy: "measuring", none: "none" };

/**
 * A verdict in one word: shape, colour and text always together.
 * @param {HTMLElement} element
 * @param {Tone} tone
 * @param {string} text
 * @param {string} [shape] another symbol than the tone's own
 */
export function setWord(element, tone, text, shape = ICONS[tone]) {
  const key = `${tone}|${shape}|${text}`;
  if (element.dataset.said === key) return;
  element.dataset.said = key;
  element.dataset.tone = tone;
  element.replaceChildren(icon(shape), make("span", {}, text));
}
