// Choosing whom to be, while trying the bot: every sample person is a link, so that each tab can be somebody else.

import { byId, make } from "./dom.js";
import { t } from "./texts.js";

const ROLES = [
  "", "employee", "ambassador", "contact", "announcer", "approver", "editor", "leader", "teacher", "reviewer", "dpo",
  "admin", "operator",
];

export class People {
  constructor() {
    this.dialog = byId("people");
    this.role = "";
    this.dialog.addEventListener("cancel", (event) => this.forced && event.preventDefault());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog && !this.forced) this.dialog.close();
    });
  }

  // `forced`: there is nobody to be yet, so the question stays. `fault` says what was wrong with the last choice.
  async show({ forced = false, fault = "", current = null } = {}) {
    this.forced = forced;
    this.current = current;
    this.build(fault);
    if (!this.dialog.open) this.dialog.showModal();
    this.search.focus();
    await this.list();
  }

  build(fault) {
    this.search = make("input", {
      type: "search", id: "people-search", autocomplete: "off", on: { input: () => this.list() },
    });
    this.found = make("ul", { class: "found" });
    this.count = make("p", { class: "hint", role: "status" });
    const roles = ROLES.map((role) =>
      make("button", { type: "button", class: "chip", "data-role": role, "aria-pressed": String(role === this.role), on: {
        click: () => this.choose(role),
      } }, role ? t(`profile.role.${role}`) : t("web.people.all")));
    const close = make("button", { type: "button", class: "quiet", on: { click: () => this.dialog.close() } }, t("web.people.close"));
    this.roles = make("div", { class: "chips", role: "group", "aria-label": t("web.people.roles") }, ...roles);
    this.dialog.replaceChildren(
      make("div", { class: "people-head" }, make("h2", { id: "people-title" }, t("web.people.title")), this.forced ? null : close),
      make("p", { class: "hint" }, t("web.people.text")),
      fault ? make("p", { class: "fault", role: "alert" }, fault) : "",
      make("label", { for: "people-search" }, t("web.people.search")),
      this.search,
      this.roles,
      this.count,
      this.found,
    );
  }

  choose(role) {
    this.role = role;
    for (const button of this.roles.children) button.setAttribute("aria-pressed", String(button.dataset.role === role));
    return this.list();
  }

  async list() {
    const asked = new URLSearchParams({ q: this.search.value, role: this.role });
    this.asked = asked.toString();
    const answer = await fetch(`/chat/people?${asked}`).then((response) => response.json()).catch(() => null);
    if (this.asked !== asked.toString()) return;
    const people = answer?.people ?? [];
    this.count.textContent = answer ? t("web.people.count", { shown: people.length, total: answer.total }) : t("web.fault.unavailable");
    this.found.replaceChildren(...people.map((person) => this.entry(person)));
  }

  entry(person) {
    const roles = person.roles.filter((role) => role !== "employee").map((role) => t(`profile.role.${role}`));
    return make("li", {},
      make("a", { href: `/chat?as=${encodeURIComponent(person.id)}`, "aria-current": person.id === this.current ? "true" : null },
        make("strong", {}, person.name),
        make("span", { class: "detail" }, [person.detail, ...roles].filter(Boolean).join(" · "))));
  }
}
