// What the page shows around the conversation: connection, who one is, suggestions, scrolling, spoken news.

import { Alerts } from "./alerts.js";
import { byId, make } from "./dom.js";
import { markdownWords } from "./markdown.js";
import { t } from "./texts.js";

const SLOW_AFTER = 800;
const THINKING_AFTER = 400;
const SPOKEN_FOR = 8000;

export class Screen {
  constructor(say) {
    this.say = say;
    this.unread = 0;
    this.alerts = new Alerts((text) => this.note(text));
    this.state = byId("state");
    this.newer = byId("newer");
    this.chips = byId("chips");
    this.newer.addEventListener("click", () => this.toEnd());
    this.follows = true;
    this.scrolledTo = 0;
    window.addEventListener("scroll", () => this.scrolled(), { passive: true });
    document.addEventListener("visibilitychange", () => this.seen());
    document.addEventListener("grown", () => this.follows && this.toEnd("instant"));
    this.header = document.querySelector(".bar");
    const edges = new ResizeObserver(() => this.edged());
    for (const edge of [this.header, document.querySelector(".dock")]) edges.observe(edge);
  }

  // Both edges of the page grow with what stands in them. What sticks to them, or scrolls between them, must know.
  edged() {
    const { style } = document.documentElement;
    style.setProperty("--header", `${this.header.offsetHeight}px`);
    style.setProperty("--dock", `${document.querySelector(".dock").offsetHeight}px`);
    if (this.follows) this.toEnd("instant");
  }

  connecting() {
    this.slow = setTimeout(() => this.banner(t("web.state.connecting")), SLOW_AFTER);
  }

  connection(state) {
    clearTimeout(this.slow);
    if (state === "open") this.banner("");
    else if (state === "too_many") this.banner(t("web.state.too_many"));
    else this.banner(t(navigator.onLine ? "web.state.again" : "web.state.offline"));
  }

  banner(text) {
    this.state.textContent = text;
    this.state.classList.toggle("shown", text !== "");
  }

  person(person, choosing, providers) {
    if (!person) return;
    const who = byId("who");
    who.hidden = !choosing;
    who.replaceChildren(make("span", { class: "unseen" }, t("web.people.you_are")), ` ${person.name || person.id}`);
    byId("leave").hidden = !["link", "provider"].includes(person.way);
    byId("sessions").hidden = byId("leave").hidden;
    byId("desk").href = choosing ? `/desk?as=${encodeURIComponent(person.id)}` : "/desk";
    byId("enter").hidden = !providers || person.way !== "guest";
  }

  // The conversation is there. The first time, its end is shown; after a break the reader stays where they were.
  opened(first, log) {
    this.dock(true);
    this.suggest(log);
    if (first) this.bringIntoView(log.lastElement, "instant");
  }

  ownWords(log) {
    this.note("");
    this.suggest(log);
    this.toEnd();
  }

  happened(what, push, log) {
    this.scrolled(); // the event that tells may be a frame late
    this.suggest(log);
    if (push.type !== "said") this.announce(what, push);
    if (what !== "new") return;
    if (this.follows || push.type === "said") this.bringIntoView(log.elementOf(push));
    else this.newer.removeAttribute("hidden");
    if (document.hidden && push.type === "message") {
      this.unread += 1;
      this.alerts.raise(this.unread);
    }
  }

  announce(what, push) {
    const text = markdownWords(push.message?.text ?? "");
    const key = { new: "web.voice.new", updated: "web.voice.updated", gone: "web.voice.gone" }[what];
    this.speak(t(key, { text }));
  }

  // Who reads what is written here: a colleague, or Heia when `name` is empty.
  recipient(name) {
    const before = this.to;
    this.to = name;
    byId("recipient").hidden = !name;
    byId("recipient-name").textContent = name ? t("web.to", { name }) : "";
    byId("words-label").textContent = name ? t("web.to.label", { name }) : t("web.compose.label");
    byId("words").placeholder = t(name ? "web.to.placeholder" : "web.compose.placeholder");
    if (before !== undefined && before !== name) this.speak(name ? t("web.to", { name }) : t("web.to.heia"));
  }

  // What can be done with the question of the conversation, beside the name of who reads.
  actions(actions, press) {
    const key = JSON.stringify(actions);
    if (key === this.shownActions) return; // a button that is pressed or has the focus stays the same button
    this.shownActions = key;
    const buttons = byId("conversation");
    const hadFocus = buttons.contains(document.activeElement);
    buttons.replaceChildren(...actions.map((action) =>
      make("button", { type: "button", on: { click: () => press(action) } }, action.title)));
    if (hadFocus) byId("words").focus();
  }

  // Whether this person has pages at the desk.
  desk(has) {
    byId("desk").hidden = !has;
  }

  // What came of a press that belongs to no card, until the next words.
  note(text) {
    byId("told").textContent = text;
  }

  // Said once to those who listen; not left lying for those who read on.
  speak(text) {
    clearTimeout(this.silence);
    byId("voice").replaceChildren(make("p", {}, text));
    this.silence = setTimeout(() => byId("voice").replaceChildren(), SPOKEN_FOR);
  }

  seen() {
    if (document.hidden) return;
    this.unread = 0;
    document.title = t("web.title");
  }

  tell(text) {
    byId("fault").textContent = text;
  }

  thinking(on) {
    clearTimeout(this.thinkingSoon);
    document.querySelector(".thinking")?.remove();
    if (!on) return;
    this.thinkingSoon = setTimeout(() => {
      const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
      byId("log").after(make("p", { class: "thinking" }, dots, make("span", { class: "unseen" }, t("web.thinking"))));
      if (this.follows) this.toEnd();
    }, THINKING_AFTER);
  }

  suggest(log) {
    const { suggestions = [], language } = log.last() ?? {};
    this.chips.lang = language ?? document.documentElement.lang;
    this.chips.setAttribute("aria-label", t("web.suggestions"));
    this.chips.hidden = suggestions.length === 0;
    this.chips.replaceChildren(...suggestions.map((text) =>
      make("button", { type: "button", class: "chip", on: { click: () => this.chosen(text) } }, text)));
  }

  chosen(text) {
    this.say(text);
    byId("words").focus();
  }

  // `entrance` is the address of the page to sign in on, where there is one.
  signIn(beGuest, wasIn, entrance) {
    this.dock(false);
    this.chips.hidden = true;
    clearTimeout(this.slow); // nothing is being connected any more
    this.banner("");
    byId("leave").hidden = byId("sessions").hidden = true; // nobody is in
    const panel = byId("welcome");
    const guest = beGuest && make("button", { type: "button", class: "primary", on: { click: beGuest } }, t("web.sign_in.guest"));
    const entry = entrance && make("a", { class: "button", href: entrance, target: "_top" }, t("web.sign_in.go"));
    panel.hidden = false;
    panel.replaceChildren(
      make("h2", {}, wasIn ? t("web.signed_out") : t("web.sign_in.title")),
      ...(entry ? [make("p", {}, t("web.sign_in.go_text")), make("p", {}, entry)] : []),
      ...(entry && !beGuest ? [] : [make("p", {}, beGuest ? t("web.sign_in.guest_text") : t("web.sign_in.text"))]),
      ...(guest ? [guest] : []),
    );
    (entry || guest)?.focus();
  }

  // Where one writes, and the link that skips to it.
  dock(shown) {
    document.querySelector(".dock").hidden = document.querySelector(".skip").hidden = !shown;
  }

  signedIn() {
    byId("welcome").hidden = true;
  }

  // At the end of a small window the header gives way (.following in page.css). Scrolling up brings it back.
  get follows() {
    return document.documentElement.classList.contains("following");
  }

  set follows(follows) {
    document.documentElement.classList.toggle("following", follows);
  }

  // Whoever scrolls up reads something older, and is left there; whoever is at the end follows what comes.
  scrolled() {
    if (this.isAtEnd()) {
      this.follows = true;
      this.newer.setAttribute("hidden", "");
    } else if (window.scrollY < this.scrolledTo) this.follows = false;
    this.scrolledTo = window.scrollY;
  }

  isAtEnd(slack = 40) {
    const page = document.documentElement;
    return page.scrollHeight - page.clientHeight - window.scrollY <= slack;
  }

  toEnd(behavior = "auto") {
    this.follows = true;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior });
    this.scrolledTo = window.scrollY; // a page that has become shorter has scrolled by itself, and not its reader
    this.newer.setAttribute("hidden", "");
  }

  // A message taller than the window is read from its beginning.
  bringIntoView(element, behavior = "auto") {
    this.follows = true;
    const header = getComputedStyle(this.header).position === "sticky" ? this.header.offsetHeight : 0;
    const room = window.innerHeight - document.querySelector(".dock").offsetHeight - header - 24;
    if (!element || element.offsetHeight <= room) {
      this.toEnd(behavior);
      return;
    }
    this.follows = false; // or whatever grows meanwhile would take the reader to its end
    element.scrollIntoView({ block: "start", behavior });
  }
}
