// The conversation on the page, in the order things happened. The server's version numbers decide what is newer.

import { make } from "./dom.js";
import { MessageView } from "./message.js";
import { localPicture, picture } from "./picture.js";
import { dayOf, t, timeOf } from "./texts.js";

export class Log {
  // asks: { press(slot, verb, data), say(text), retry(id), lostFocus(), form(slot), keepForm(slot, written) }.
  constructor(list, asks) {
    this.list = list;
    this.asks = asks;
    this.entries = new Map();
    this.gone = new Map();
  }

  // Show what the server has; keep own words that it does not have yet.
  reconcile(pushes) {
    const theirs = new Set(pushes.map(keyOf));
    const since = pushes.length ? Math.min(...pushes.map(timeOfPush)) : 0;
    for (const [key, entry] of this.entries) {
      if (!theirs.has(key) && entry.at >= since && !entry.pending) this.leave(key);
    }
    for (const push of pushes) this.take(push);
  }

  // Take in a push and return what it was: "new", "updated", "gone" or null for nothing new.
  take(push) {
    if (push.type === "said") return this.said(push);
    if ((this.gone.get(push.slot) ?? 0) >= push.version) return null;
    return push.type === "gone" ? this.empty(push) : this.message(push);
  }

  message(push) {
    const known = this.entries.get(keyOf(push));
    if (known) {
      if (known.view.version >= push.version) return null;
      return known.view.show(push) ? "updated" : null;
    }
    const view = new MessageView(push, this.asks);
    this.add({ key: keyOf(push), at: timeOfPush(push), view, own: false, bubble: view.element });
    return "new";
  }

  empty(push) {
    this.gone.set(push.slot, push.version);
    return this.leave(keyOf(push), push.version) ? "gone" : null;
  }

  said(push) {
    const known = this.entries.get(keyOf(push));
    if (!known) {
      this.add({ key: keyOf(push), at: timeOfPush(push), own: true, bubble: ownBubble(push.text, ownPictures(push)) });
      return "new";
    }
    if (!known.pending) return null;
    known.pending = false;
    known.at = timeOfPush(push);
    known.bubble.querySelector(".words").textContent = push.text;
    if (!known.bubble.querySelector(".frame")) known.bubble.prepend(...ownPictures(push));
    this.status(known);
    this.stamp(known);
    this.place(known);
    this.markDays();
    this.receipt();
    return null;
  }

  // Show own words and images at once, before the server has them; `addresses` are the page's own.
  pending(id, text, addresses = []) {
    const pictures = addresses.map((address) => localPicture(address, t("web.image.own")));
    const entry = { key: `said ${id}`, at: Infinity, own: true, pending: true, bubble: ownBubble(text, pictures) };
    this.add(entry);
    this.status(entry, t("web.said.sending"));
  }

  // Say why own words were not dealt with; `tries` tells that they are sent again without anyone asking.
  failed(id, reason, tries) {
    const entry = this.entries.get(`said ${id}`);
    if (!entry) return;
    const again = make("button", { type: "button", class: "link", on: { click: () => this.asks.retry(id) } }, t("web.said.retry"));
    this.status(entry, ...(tries ? [reason] : [`${reason} `, again]));
    entry.element.classList.add("failed");
  }

  // Whether the server does not have these own words yet.
  isPending(id) {
    return Boolean(this.entries.get(`said ${id}`)?.pending);
  }

  resending(id) {
    const entry = this.entries.get(`said ${id}`);
    if (!entry) return;
    this.status(entry, t("web.said.sending"));
    entry.element.classList.remove("failed");
  }

  settled(id) {
    const entry = this.entries.get(`said ${id}`);
    if (!entry) return;
    this.status(entry);
    entry.element.classList.remove("failed");
  }

  status(entry, ...words) {
    entry.bubble.querySelector(".status")?.remove();
    if (words.length) entry.bubble.append(make("p", { class: "status", role: "status" }, ...words));
  }

  // Say below the newest own words that they are sent, or have reached the colleague they went to: { id, to } or null.
  receipt(delivered = this.delivered) {
    this.delivered = delivered;
    const own = [...this.list.querySelectorAll(":scope > .own")].map((each) => this.entries.get(each.dataset.key));
    const newest = own.at(-1);
    for (const { receipt, key } of own) if (key !== newest.key) receipt?.replaceChildren();
    if (!newest || newest.pending) return;
    const reached = delivered && newest.key === `said ${delivered.id}`;
    newest.receipt ??= newest.foot.appendChild(make("span", { class: "receipt", role: "status" }));
    newest.receipt.textContent = reached ? t("web.said.delivered", { name: delivered.to }) : t("web.said.sent");
  }

  view(slot) {
    return this.entries.get(`slot ${slot}`)?.view;
  }

  elementOf(push) {
    return this.entries.get(keyOf(push))?.element;
  }

  // The bot's last message, when nothing came after it.
  last() {
    const key = this.list.lastElementChild?.dataset.key;
    return this.entries.get(key)?.view?.message ?? null;
  }

  get lastElement() {
    return this.list.lastElementChild;
  }

  add(entry) {
    const who = make("span", { class: "unseen" }, entry.own ? t("web.said.you") : t("web.name"));
    entry.element = make("li", { class: `entry ${entry.own ? "own" : "bot"}`, "data-key": entry.key }, who, entry.bubble);
    if (Number.isFinite(entry.at)) this.stamp(entry);
    this.entries.set(entry.key, entry);
    this.place(entry);
    this.markDays();
    if (entry.own) this.receipt();
  }

  stamp(entry) {
    const date = new Date(entry.at);
    entry.foot = make("p", { class: "foot" }, make("time", { datetime: date.toISOString() }, timeOf(date)));
    entry.element.append(entry.foot);
  }

  place(entry) {
    entry.element.remove();
    let after = this.list.lastElementChild;
    while (after && this.entries.get(after.dataset.key)?.at > entry.at) after = after.previousElementSibling;
    if (after) after.after(entry.element);
    else this.list.prepend(entry.element);
  }

  // Remove it, unless somebody is writing in it.
  leave(key, version) {
    const view = this.entries.get(key)?.view;
    return view ? view.withdraw(version ?? view.version, () => this.remove(key)) : this.remove(key);
  }

  remove(key) {
    const entry = this.entries.get(key);
    if (!entry) return false;
    if (entry.element.contains(document.activeElement)) this.asks.lostFocus();
    entry.element.remove();
    this.entries.delete(key);
    this.markDays();
    return true;
  }

  markDays() {
    let shown = "";
    for (const element of this.list.children) {
      const at = this.entries.get(element.dataset.key)?.at;
      const day = Number.isFinite(at) ? dayOf(new Date(at)) : shown;
      const mark = element.querySelector(":scope > .day");
      if (day === shown) mark?.remove();
      else if (mark) mark.textContent = day;
      else element.prepend(make("p", { class: "day" }, day));
      shown = day;
    }
  }

  clear() {
    this.list.replaceChildren();
    this.delivered = null;
    this.entries.clear();
    this.gone.clear();
  }
}

function keyOf(push) {
  return push.type === "said" ? `said ${push.id}` : `slot ${push.slot}`;
}

function timeOfPush(push) {
  return Date.parse(push.type === "said" ? push.at : push.posted_at);
}

function ownBubble(text, pictures) {
  return make("div", { class: "bubble" }, ...pictures, make("p", { class: "words" }, text));
}

function ownPictures(push) {
  return push.images.map((url) => picture(url, t("web.image.own")));
}
