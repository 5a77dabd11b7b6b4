// What one can do besides asking: a button that unfolds the commands, each of which is then said.

import { byId, make } from "./dom.js";

export class Menu {
  constructor(say) {
    this.say = say;
    this.button = byId("menu");
    this.list = byId("actions");
    this.button.addEventListener("click", () => this.toggle(this.list.hidden));
    this.list.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.button.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  // `commands` are sentences as the person would write them.
  show(commands) {
    this.button.hidden = commands.length === 0;
    if (this.button.hidden) this.toggle(false);
    this.list.replaceChildren(...commands.map((command) =>
      make("button", { type: "button", class: "chip", on: { click: () => this.choose(command) } }, capitalised(command))));
  }

  choose(command) {
    this.toggle(false);
    this.say(command);
    byId("words").focus();
  }

  close() {
    this.toggle(false);
    this.button.focus();
  }

  toggle(open) {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.list.querySelector("button").focus();
  }
}

function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
