// Markdown of the bot's texts. Markup in a text is shown as it is written; images are never fetched.

import { make } from "./dom.js";
import { forTab } from "./identity.js";

const SAFE = /^(https:|mailto:|tel:)/i;
const OWN = `${location.origin}/`; // Heia's own pages, also where it is reached without https

const parser = window.markdownit({ html: false, linkify: true, breaks: true });
parser.disable(["image", "heading", "lheading", "table", "hr", "reference", "code", "fence"]);
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
parser.validateLink = (url) => SAFE.test(url.trim()) || url.startsWith(OWN);
parser.renderer.rules.link_open = (tokens, index, options, environment, renderer) => {
  tokens[index].attrSet("target", "_blank");
  tokens[index].attrSet("rel", "noopener noreferrer");
  const address = tokens[index].attrGet("href");
  if (address?.startsWith(OWN)) tokens[index].attrSet("href", forTab(address));
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

// The words of a text without its markup, for those who listen.
export function markdownWords(text) {
  return markdownElement(text).textContent.trim();
}

// "21. oktober" begins a date, not a list: numbers make a list only when they count from one.
function withoutFalseLists(text) {
  const numbered = /^([^\S\n]{0,3})(\d{1,9})([.)])(?=\s)/gm;
  const listed = countingFromOne([...text.matchAll(numbered)].map((found) => Number(found[2])));
  let index = -1;
  return text.replace(numbered, (whole, space, number, mark) => {
    index += 1;
    return listed.has(index) ? whole : `${space}${number}\\${mark}`;
  });
}

// Return the places of the numbers that count 1, 2, 3 …; several lists may follow one another, with other numbers between.
function countingFromOne(numbers) {
  const listed = new Set();
  let run = [];
  numbers.forEach((number, index) => {
    if (number === 1) run = [index];
    else if (number === run.length + 1) run.push(index);
    else return;
    if (run.length > 1) run.forEach((each) => listed.add(each));
  });
  return listed;
}
