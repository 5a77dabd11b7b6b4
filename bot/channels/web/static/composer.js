// Where the person writes.

import { Attaching } from "./attaching.js";
import { byId } from "./dom.js";
import { t } from "./texts.js";

const MAX_CHARACTERS = 10_000;

export class Composer {
  // say(text, images), speak(sentence), keep({ text, to }) as it is written; `images` tells whether some can be attached.
  constructor({ say, speak, keep, images }) {
    this.say = say;
    this.keep = keep;
    this.reader = this.begunFor = ""; // who gets it, and who did when it was begun
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
    this.words.addEventListener("input", () => this.written());
  }

  // Who gets what is written from now on; empty for Heia.
  to(name) {
    if (this.isEmpty) this.begunFor = name;
    this.reader = name;
  }

  get isEmpty() {
    return !this.words.value.trim() && (this.attaching?.empty ?? true);
  }

  submit() {
    const text = this.words.value.trim();
    if (this.isEmpty) {
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
    if (this.begunFor !== this.reader) {
      this.begunFor = this.reader; // the second time it is meant
      this.fault.textContent = t("web.to.changed", { name: this.reader || t("web.name") });
      return;
    }
    this.sendsWhenReady = false;
    const images = this.attaching?.take() ?? [];
    this.words.value = "";
    this.written();
    this.say(text, images);
    this.words.focus();
  }

  written() {
    if (this.isEmpty) this.begunFor = this.reader;
    this.keep({ text: this.words.value, to: this.begunFor });
    this.changed();
  }

  // Put back what was being written before a reload.
  restore({ text, to }) {
    if (this.words.value || !text) return;
    this.words.value = text;
    this.begunFor = to;
    this.changed();
  }

  // Somebody else may write here next: nothing of it stays.
  clear() {
    this.sendsWhenReady = false;
    this.attaching?.clear();
    this.words.value = "";
    this.changed();
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
    const { style } = byId("composer");
    style.minHeight = `${byId("composer").offsetHeight}px`; // or the page would jump while the field is measured
    this.words.style.height = "auto";
    this.words.style.height = `${Math.min(this.words.scrollHeight + 2, 200)}px`;
    style.minHeight = "";
  }

  focus() {
    this.words.focus({ preventScroll: true });
  }
}
