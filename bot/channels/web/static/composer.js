// Where the person writes.

import { Attaching } from "./attaching.js";
import { byId } from "./dom.js";
import { t } from "./texts.js";

const MAX_CHARACTERS = 10_000;

export class Composer {
  // say(text, images), speak(sentence); `images` tells whether some can be attached.
  constructor({ say, speak, images }) {
    this.say = say;
    this.words = byId("words");
    this.fault = byId("fault");
    this.sendsWhenReady = false;
    this.attaching = images
      ? new Attaching({ changed: () => this.attached(), refused: (sentence) => this.refused(sentence), speak })
      : null;
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
    if (!text && (this.attaching?.empty ?? true)) {
      this.words.focus();
      return;
    }
    if (text.length > MAX_CHARACTERS) {
      this.fault.textContent = t("web.compose.too_long", { most: MAX_CHARACTERS, number: text.length });
      this.words.setAttribute("aria-invalid", "true");
      return;
    }
    if (this.attaching?.busy) {
      this.sendsWhenReady = true;
      this.fault.textContent = t("web.image.wait");
      return;
    }
    this.sendsWhenReady = false;
    const images = this.attaching?.take() ?? [];
    this.words.value = "";
    this.changed();
    this.say(text, images);
    this.words.focus();
  }

  // An image came, is ready or went.
  attached() {
    if (!this.attaching) return; // while it is being made
    if (this.attaching.busy) return;
    if (this.sendsWhenReady) this.submit();
  }

  // What was to be sent together is not sent without the image: the person decides anew.
  refused(sentence) {
    this.sendsWhenReady = false;
    this.fault.textContent = sentence;
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
