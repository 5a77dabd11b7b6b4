// One message of the bot: its card, or its text, with what came of pressing it.

import { cardFallback, renderCard } from "./card.js";
import { calendarButton } from "./calendar.js";
import { dataButton } from "./data.js";
import { make } from "./dom.js";
import { carryOver, filledIn, placeOf, putBack, returnTo, wouldLose, writtenIn } from "./keep.js";
import { markdownElement } from "./markdown.js";
import { picture } from "./picture.js";
import { reportParts } from "./report.js";
import { inLanguage, t } from "./texts.js";

export class MessageView {
  // asks: { press(slot, verb, data), say(text), form(slot), keepForm(slot, written) }.
  constructor(push, asks) {
    this.slot = push.slot;
    this.asks = asks;
    this.body = make("div", { class: "body" });
    this.notice = make("p", { class: "notice", role: "status" });
    this.held = make("div", { class: "held", "aria-live": "polite" });
    this.element = make("div", { class: "bubble" }, this.body, this.held, this.notice);
    this.element.addEventListener("click", once, { capture: true });
    for (const event of ["input", "change"]) this.body.addEventListener(event, () => this.keep());
    this.folded = asks.form(push.slot);
    this.show(push);
  }

  // Show a newer version, and return whether it is shown: not while that would throw away what is being written.
  show(push) {
    this.version = push.version;
    const { parts, card } = this.rendered(push.message);
    return this.yieldTo(card, () => this.replace(push.message, parts, card));
  }

  // The message is gone: leave, and return whether that was done, unless something is being written in it.
  withdraw(version, leave) {
    this.version = version;
    return this.yieldTo(null, () => {
      this.asks.keepForm(this.slot, {});
      leave();
    });
  }

  yieldTo(card, change) {
    if (!wouldLose(this.card, this.known, card)) {
      change();
      return true;
    }
    this.next = change;
    if (!this.busy) this.holdOn();
    return false;
  }

  replace(message, parts, card) {
    const place = placeOf(this.element);
    const before = this.card;
    this.message = message;
    this.card = card;
    this.known = filledIn(card);
    this.next = null;
    this.held.replaceChildren();
    this.body.replaceChildren(...parts);
    this.body.lang = message.language ?? document.documentElement.lang;
    this.element.classList.toggle("with-card", card !== null);
    carryOver(before, card);
    this.restore();
    this.keep();
    this.element.removeAttribute("aria-busy");
    this.tell("");
    returnTo(place, this.element);
  }

  // What was written before a reload comes back, in a part that is folded in when it unfolds.
  restore() {
    this.folded = putBack(this.card, this.folded);
  }

  keep() {
    this.asks.keepForm(this.slot, { ...this.folded, ...writtenIn(this.card) });
  }

  holdOn() {
    const { next } = this;
    const discard = make("button", { type: "button", on: { click: () => next() } }, t("web.card.discard"));
    this.held.replaceChildren(make("p", {}, t("web.card.held")), discard);
  }

  rendered(message) {
    return inLanguage(message.language, () => this.parts(message));
  }

  parts(message) {
    const parts = [];
    const rendered = message.card ? renderCard(message.card, message.language, this.cardAsks()) : null;
    if (rendered) {
      parts.push(rendered.element);
    } else {
      parts.push(markdownElement(message.text));
      if (message.card) parts.push(cardFallback(t("web.card.unsupported")));
    }
    if (message.image) parts.unshift(picture(message.image, message.image_alt || t("web.card.image")));
    if (message.report) parts.push(...reportParts(message.report, (told) => this.tell(told)));
    if (message.calendar) parts.push(calendarButton(message.calendar, (told) => this.tell(told)));
    if (message.data) parts.push(dataButton(message.data.person, (told) => this.tell(told)));
    return { parts, card: rendered?.card ?? null };
  }

  cardAsks() {
    return {
      press: (verb, data) => this.press(verb, data),
      say: (text) => this.asks.say(text),
      tell: (notice) => this.tell(notice),
      unfolded: () => this.restore(),
    };
  }

  get busy() {
    return this.element.getAttribute("aria-busy") === "true";
  }

  press(verb, data) {
    if (this.busy) return;
    this.element.setAttribute("aria-busy", "true");
    this.tell("");
    this.asks.press(this.slot, verb, data);
  }

  // The press was answered: the card can be used again. Without a notice what it handed in has been dealt with.
  free(notice) {
    this.element.removeAttribute("aria-busy");
    if (notice) {
      if (this.next) this.holdOn();
    } else {
      this.known = filledIn(this.card);
      this.folded = {};
      this.asks.keepForm(this.slot, {});
      this.next?.();
    }
    this.tell(notice);
  }

  // It stands below the card, and whoever pressed a button in the middle of a long one must not miss it.
  tell(notice) {
    this.notice.textContent = notice;
    if (notice) this.notice.scrollIntoView({ block: "nearest" });
  }
}

// Whoever clicks twice means the button they saw: by the second click another may stand in its place.
function once(event) {
  if (event.detail > 1 && event.target.closest("button, [role='button']")) event.stopImmediatePropagation();
}
