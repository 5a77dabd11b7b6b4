// Notices on the screen and a number in the tab's title while the page is in the background, for those who chose them in
// this browser. They say that something waits, and nothing else; several are one.

import { byId } from "./dom.js";
import { t } from "./texts.js";

const CHOICE = "heia.alerts"; // kept over sign-outs: it says nothing of a person

export class Alerts {
  constructor(speak) {
    this.speak = speak;
    this.button = byId("alerts");
    this.button.addEventListener("click", () => this.toggle());
    this.show();
  }

  get on() {
    return Notification.permission === "granted" && localStorage.getItem(CHOICE) === "on";
  }

  show() {
    this.button.hidden = !("Notification" in globalThis) || !isSecureContext;
    if (!this.button.hidden) this.button.setAttribute("aria-pressed", String(this.on));
  }

  async toggle() {
    if (this.on) localStorage.removeItem(CHOICE);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(CHOICE, "on");
    else this.speak(t("web.alerts.refused"));
    this.show();
  }

  // `waiting`: how many messages have come since the page went to the background; the tab's title tells it.
  raise(waiting) {
    if (this.button.hidden || !this.on || !document.hidden) return;
    document.title = `(${waiting}) ${t("web.title")}`;
    const notice = new Notification(t("web.title"), { body: t("web.alerts.waits"), tag: "heia", icon: "/chat/static/icon.svg" });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
  }
}
