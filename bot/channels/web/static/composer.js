// Where the person writes.

import { byId } from "./dom.js";
import { t } from "./texts.js";

const MOST_CHARACTERS = 10_000;

export class Composer {
  constructor(say) {
    this.say = say;
    this.words = byId("words");
    this.fault = byId("fault");
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.words.addEventListener("input", () => this.changed());
  }

  submit() {
    const text = this.words.value.trim();
    if (!text) {
      this.words.focus();
      return;
    }
    if (text.length > MOST_CHARACTERS) {
      this.fault.textContent = t("web.compose.too_long", { most: MOST_CHARACTERS, number: text.length });
      this.words.setAttribute("aria-invalid", "true");
      return;
    }
    this.words.value = "";
    this.changed();
    this.say(text);
    this.words.focus();
  }

  changed() {
    this.fault.textContent = "";
    this.words.removeAttribute("aria-invalid");
    this.words.style.height = "auto";
    this.words.style.height = `${Math.min(this.words.scrollHeight + 2, 200)}px`;
  }

  focus() {
    this.words.focus({ preventScroll: true });
  }
}
