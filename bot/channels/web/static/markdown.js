// Markdown of the bot's texts. Markup in a text is shown as it is written; images are never fetched.

import { make } from "./dom.js";

const SAFE = /^(https:|mailto:|tel:)/i;

const parser = window.markdownit({ html: false, linkify: true, breaks: true });
parser.disable(["image", "heading", "lheading", "table", "hr", "reference", "code", "fence"]);
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
parser.validateLink = (url) => SAFE.test(url.trim());
parser.renderer.rules.link_open = (tokens, index, options, environment, renderer) => {
  tokens[index].attrSet("target", "_blank");
  tokens[index].attrSet("rel", "noopener noreferrer");
  return renderer.renderToken(tokens, index, options);
};

export function markdownToHtml(text) {
  return parser.render(withoutFalseLists(text));
}

export function markdownElement(text) {
  const element = make("div", { class: "prose" });
  element.innerHTML = markdownToHtml(text);
  return element;
}

// "21. oktober" begins a date, not a list: numbers make a list only when they count from one.
function withoutFalseLists(text) {
  const numbered = /^(\s{0,3})(\d{1,9})([.)])(?=\s)/gm;
  const numbers = [...text.matchAll(numbered)].map((found) => Number(found[2]));
  const counts = numbers.length > 1 && numbers.every((number, index) => number === index + 1);
  return counts ? text : text.replace(numbered, "$1$2\\$3");
}
