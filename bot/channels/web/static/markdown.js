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
  return parser.render(text);
}

export function markdownElement(text) {
  const element = make("div", { class: "prose" });
  element.innerHTML = parser.render(text);
  return element;
}
