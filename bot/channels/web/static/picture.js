// Images that people sent. The server shows each only to the two who may see it, so they are asked for with the badge.

import { byId, make } from "./dom.js";
import { t } from "./texts.js";

const MAX_KEPT = 40;

let badge = null;
const kept = new Map();

// In developer mode the badge is this tab's own; otherwise the cookie says who asks, and there is none here.
export function useBadge(token) {
  badge = token;
  for (const address of kept.values()) URL.revokeObjectURL(address);
  kept.clear();
}

export function badgeHeaders() {
  return badge ? { Authorization: `Bearer ${badge}` } : {};
}

// Return an element that shows the image at `url` and opens it large; a sentence stands there when it cannot be had.
export function picture(url, alt) {
  const { frame, image } = framed(alt);
  load(url).then((found) => {
    if (found.address) image.src = found.address;
    else frame.replaceWith(make("p", { class: "hint picture-gone" }, found.fault));
  });
  return frame;
}

// Return the same for an image that this page itself holds.
export function localPicture(address, alt) {
  const { frame, image } = framed(alt);
  image.src = address;
  return frame;
}

function framed(alt) {
  const image = make("img", { class: "picture", alt });
  image.addEventListener("load", () => document.dispatchEvent(new Event("grown")));
  const open = make("span", { class: "unseen" }, t("web.image.open"));
  const frame = make("button", { type: "button", class: "frame", on: { click: () => enlarge(image) } }, image, open);
  return { frame, image };
}

async function load(url) {
  if (kept.has(url)) return { address: kept.get(url) };
  const response = await fetch(url, { headers: badgeHeaders() }).catch(() => null);
  if (response?.status === 404) return { fault: t("web.image.gone") };
  const body = response?.ok ? await response.blob().catch(() => null) : null;
  if (!body) return { fault: t("web.image.not_shown") };
  const address = URL.createObjectURL(body);
  kept.set(url, address);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value);
  return { address };
}

function enlarge(image) {
  if (!image.src) return;
  const viewer = byId("viewer");
  const close = make("button", { type: "button", class: "primary", on: { click: () => viewer.close() } }, t("web.image.close"));
  viewer.setAttribute("aria-label", image.alt);
  viewer.replaceChildren(make("img", { src: image.src, alt: image.alt }), close);
  viewer.addEventListener("click", (event) => event.target === viewer && viewer.close(), { once: true });
  viewer.showModal();
}
