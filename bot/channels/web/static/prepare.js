// A card as the bot made it, turned into one this page can show whole: what cannot be shown is replaced by its text,
// in sight, and nothing is fetched from other sites.

import { t } from "./texts.js";

const ELEMENTS = new Set([
  "TextBlock", "RichTextBlock", "Image", "ImageSet", "Container", "ColumnSet", "Column", "FactSet", "ActionSet", "Table",
  "TableRow", "TableCell", "TextRun", "Input.Text", "Input.Number", "Input.Date", "Input.Time", "Input.Toggle",
  "Input.ChoiceSet", "AdaptiveCard",
]);
const ACTIONS = new Set([
  "Action.Execute", "Action.Submit", "Action.OpenUrl", "Action.ShowCard", "Action.ToggleVisibility",
]);
const ELEMENT_LISTS = ["body", "items", "columns", "images", "rows", "cells"];
const DEEPEST = 30;

export const UNSUPPORTED = "unsupported";

export function prepareCard(card) {
  return { ...prepare(card, 0), type: "AdaptiveCard", version: "1.5", refresh: undefined, authentication: undefined };
}

function prepare(node, depth) {
  if (depth > DEEPEST) return asText(t("web.card.unsupported"));
  const copy = { ...node };
  if (copy.type === "TextBlock") copy.wrap = true;
  if (typeof copy.text === "string") copy.text = withoutMentionTags(copy.text);
  if (copy.backgroundImage && !isOurs(copy.backgroundImage.url ?? copy.backgroundImage)) delete copy.backgroundImage;
  for (const name of ELEMENT_LISTS) {
    if (Array.isArray(copy[name])) copy[name] = copy[name].map((child) => element(child, name, depth + 1)).filter(Boolean);
  }
  if (Array.isArray(copy.actions)) copy.actions = copy.actions.map((child) => action(child, depth + 1)).filter(Boolean);
  for (const name of ["selectAction", "inlineAction"]) {
    if (copy[name]) copy[name] = action(copy[name], depth + 1);
  }
  delete copy.fallback;
  return copy;
}

function element(node, listName, depth) {
  if (typeof node !== "object" || node === null) return null;
  const implied = { columns: "Column", rows: "TableRow", cells: "TableCell", images: "Image" }[listName];
  const named = node.type ? node : { ...node, type: implied };
  if (listName === "columns" && named.type !== "Column") return prepare(named, depth);
  if (named.type === "Image") return isOurs(named.url) ? prepare(named, depth) : inPlace(named, listName);
  if (ELEMENTS.has(named.type)) return prepare(named, depth);
  if (named.fallback === "drop") return null;
  if (typeof named.fallback === "object" && named.fallback !== null) return element(named.fallback, listName, depth);
  return asText(textIn(named) || t("web.card.unsupported"));
}

function inPlace(image, listName) {
  if (listName === "images") return null;
  return asText(image.altText || t("web.card.image_hidden"));
}

function action(node, depth) {
  if (typeof node !== "object" || node === null) return null;
  const copy = { ...node };
  if (copy.iconUrl && !isOurs(copy.iconUrl)) delete copy.iconUrl;
  if (copy.type === "Action.ShowCard" && copy.card) copy.card = prepare(copy.card, depth);
  const fallback = copy.fallback;
  delete copy.fallback;
  if (ACTIONS.has(copy.type)) return copy;
  if (fallback === "drop") return null;
  if (typeof fallback === "object" && fallback !== null) return action(fallback, depth);
  return { type: "Action.Submit", id: UNSUPPORTED, title: copy.title || t("web.card.button"), associatedInputs: "none" };
}

function asText(text) {
  return { type: "TextBlock", text, wrap: true, isSubtle: true };
}

function textIn(node) {
  const own = [node.altText, node.title, node.text, node.label, node.fallbackText].find((it) => typeof it === "string" && it);
  if (own) return own;
  const inner = ELEMENT_LISTS.flatMap((name) => (Array.isArray(node[name]) ? node[name] : []));
  return inner.map((child) => (child && typeof child === "object" ? textIn(child) : "")).filter(Boolean).join("\n\n");
}

function withoutMentionTags(text) {
  return text.replace(/<at>([^<]*)<\/at>/g, "**$1**");
}

function isOurs(url) {
  if (typeof url !== "string") return false;
  return /^data:image\/(png|jpeg|gif|webp);base64,/i.test(url) || (url.startsWith("/") && !url.startsWith("//"));
}
