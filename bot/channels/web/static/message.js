// One message of the bot: its card, or its text, with what came of pressing it.

import { cardFallback, renderCard } from "./card.js";
import { make } from "./dom.js";
import { carryOver, placeOf, returnTo } from "./keep.js";
import { markdownElement } from "./markdown.js";
import { picture } from "./picture.js";
import { reportParts } from "./report.js";
import { t } from "./texts.js";

export class MessageView {
  // asks: { press(slot, verb, data), say(text) }.
  constructor(push, asks) {
    this.slot = push.slot;
    this.asks = asks;
    this.body = make("div", { class: "body" });
    this.notice = make("p", { class: "notice", role: "status" });
    this.element = make("div", { class: "bubble" }, this.body, this.notice);
    this.element.addEventListener("click", once, { capture: true });
    this.show(push);
  }

  show(push) {
    const place = placeOf(this.element);
    const before = this.card;
    this.version = push.version;
    this.message = push.message;
    this.card = null;
    this.body.replaceChildren(...this.parts(push.message));
    this.element.classList.toggle("with-card", this.card !== null);
    carryOver(before, this.card);
    this.free("");
    returnTo(place, this.element);
  }

  parts(message) {
    const parts = [];
    const rendered = message.card ? renderCard(message.card, this.cardAsks()) : null;
    if (rendered) {
      this.card = rendered.card;
      parts.push(rendered.element);
    } else {
      parts.push(markdownElement(message.text));
      if (message.card) parts.push(cardFallback(t("web.card.unsupported")));
    }
    if (message.image) parts.unshift(picture(message.image, t("web.card.image")));
    if (message.report) parts.push(...reportParts(message.report, (told) => this.tell(told)));
    return parts;
  }

  cardAsks() {
    return {
      press: (verb, data) => this.press(verb, data),
      say: (text) => this.asks.say(text),
      tell: (notice) => this.tell(notice),
    };
  }

  press(verb, data) {
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.element.setAttribute("aria-busy", "true");
    this.tell("");
    this.asks.press(this.slot, verb, data);
  }

  // The press was answered: the card can be used again.
  free(notice) {
    this.element.removeAttribute("aria-busy");
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
  if (event.detail > 1 && event.target.closest("button")) event.stopImmediatePropagation();
}
