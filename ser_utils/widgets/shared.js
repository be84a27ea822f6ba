// What all pages need: elements, and colours on light and dark paper.
"use strict";

/** Make an element; a property that begins with "on" is a listener, and text is never markup. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** A colour as it is drawn: on dark paper lighter, and greys from black to white turned around. */
function drawn(colour) {
  if (!dark.matches) return colour;
  const names = { black: "#000000" };
  const rgb = (names[colour] ?? colour).match(/\w\w/g).map((part) => parseInt(part, 16));
  const isGrey = rgb.every((part) => part === rgb[0]);
  const lighter = rgb.map((part) => isGrey ? 255 - 0.85 * part : part + 0.35 * (255 - part));
  return `#${lighter.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}
