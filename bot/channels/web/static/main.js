// The page: puts the parts together and passes on what happens.

import { Composer } from "./composer.js";
import { byId, freshId } from "./dom.js";
import { Drafts, forgetOthers, forgetWritten, tellTabs } from "./drafts.js";
import { become, forget, wanted } from "./identity.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";
import { People } from "./people.js";
import { useBadge } from "./picture.js";
import { showReceipt } from "./receipt.js";
import { Screen } from "./screen.js";
import { speak, t } from "./texts.js";
import { Wire } from "./wire.js";

const MAX_BYTES = 256 * 1024; // what the server takes at once

const settings = JSON.parse(document.body.dataset.page);

class Chat {
  constructor() {
    speak(settings);
    this.screen = new Screen((text) => this.say(text));
    this.log = new Log(byId("log"), {
      press: (slot, verb, data) => this.press(slot, verb, data),
      say: (text) => this.say(text),
      retry: (id) => this.retry(id),
      lostFocus: () => this.composer.focus(),
      form: (slot) => this.drafts.form(slot),
      keepForm: (slot, written) => this.drafts?.keepForm(slot, written),
    });
    this.composer = new Composer({
      say: (text, images) => this.say(text, images),
      speak: (sentence) => this.screen.speak(sentence),
      keep: (words) => this.drafts?.keepWords(words),
      images: settings.images,
    });
    this.menu = new Menu((text) => this.say(text));
    this.people = settings.choose ? new People() : null;
    this.pressed = new Map();
    this.said = new Map();
    byId("who").addEventListener("click", () => this.people?.show({ current: this.person?.id }));
    byId("leave").addEventListener("click", () => this.leave());
    byId("to-heia").addEventListener("click", () => this.toHeia());
  }

  async start() {
    const id = this.people ? wanted() : null;
    if (this.people && !id) {
      await this.people.show({ forced: true });
      return;
    }
    const badge = id ? await become(id) : { token: null };
    if ("fault" in badge) await this.people.show({ forced: true, fault: badge.fault ?? t("web.fault.unavailable") });
    else this.connect(badge.token);
  }

  connect(token) {
    useBadge(token);
    this.wire = new Wire({
      token,
      language: settings.language,
      hear: (frame) => this.hear(frame),
      changed: (state) => this.changed(state),
      waiting: this.wire?.waiting, // the same person again, whose words have not arrived
    });
    this.screen.connecting();
    this.wire.connect();
  }

  changed(state) {
    if (state === "signed_out") this.signedOut();
    else {
      this.screen.connection(state);
      this.screen.thinking(state === "open" && this.said.size > 0);
    }
  }

  hear(frame) {
    switch (frame.type) {
      case "hello":
        this.hello(frame);
        break;
      case "language":
        this.tongue(frame);
        break;
      case "state":
        this.state(frame);
        break;
      case "message":
      case "gone":
      case "said":
        this.take(frame);
        break;
      case "ack":
        this.settled(frame.id, frame.notice);
        break;
      case "pressed":
        this.answered(frame.id, frame.notice ?? "");
        break;
      case "fault":
        this.fault(frame);
        break;
    }
  }

  hello(frame) {
    if (this.person && this.person.id !== frame.person.id) {
      this.isAnother(frame.person);
      return;
    }
    const first = !this.person;
    this.asked = false;
    this.person = frame.person;
    if (first) this.drafts = new Drafts(frame.person.key);
    if (first && !this.people) tellTabs(frame.person.key); // sample people are a tab each
    this.tongue(frame);
    this.screen.person(frame.person, Boolean(this.people), settings.providers);
    this.log.reconcile(frame.entries);
    this.state(frame.state);
    if (first) this.resume();
    this.holdMisdirected();
    this.screen.opened(first, this.log);
    if (first && !matchMedia("(hover: none)").matches) this.composer.focus(); // no keyboard over half a phone
  }

  tongue(frame) {
    speak(frame);
    this.screen.person(this.person, Boolean(this.people), settings.providers);
    if (this.screen.to) this.screen.recipient(this.screen.to);
  }

  state({ to, actions, menu, delivered, desk }) {
    this.screen.recipient(to);
    this.screen.actions(actions, ({ verb, data }) => this.pressBeside(verb, data));
    this.composer.to(to);
    this.menu.show(menu);
    this.screen.desk(desk);
    this.log.receipt(delivered);
  }

  // What is written goes to Heia again. The question stays with the colleague.
  toHeia() {
    this.pressBeside("handoff.stop", {});
    byId("words").focus();
  }

  // A button where one writes belongs to no card; a second press waits for what came of the first.
  pressBeside(verb, data) {
    if (![...this.pressed.values()].includes(null)) this.press(null, verb, data);
  }

  // Another tab signed somebody else in: nothing of this person's may be shown to them or sent in their name.
  isAnother({ key }) {
    this.wire.close();
    this.forget();
    forgetOthers(key);
    location.reload();
  }

  resume() {
    this.composer.restore(this.drafts.words);
    for (const said of this.drafts.unsent) {
      if (!this.log.entries.has(`said ${said.frame.id}`)) this.log.pending(said.frame.id, said.frame.text);
      this.said.set(said.frame.id, said);
      this.wire.send(said.frame);
    }
  }

  // Words that waited for the connection go to whom they were written to, or wait for the person to decide again.
  holdMisdirected() {
    for (const { frame, to } of this.said.values()) {
      if (to === this.screen.to || !this.log.isPending(frame.id)) continue;
      this.wire.forget(frame.id);
      this.screen.thinking(false);
      const [before, now] = [to, this.screen.to].map((name) => name || t("web.name"));
      this.log.failed(frame.id, t("web.said.other_reader", { before, now }), false);
    }
  }

  take(push) {
    const what = this.log.take(push);
    if (!what) return;
    if (push.type !== "said") this.screen.thinking(false);
    this.screen.happened(what, push, this.log);
    if (!push.message?.to_keep) return;
    forgetWritten(); // a receipt of a deletion
    showReceipt(push.message.text);
  }

  // `images` are [{ id, address }]: what the server calls them, and where this page has them.
  say(text, images = []) {
    const frame = { type: "say", id: freshId(), text, images: images.map(({ id }) => id) };
    this.said.set(frame.id, { frame, to: this.screen.to });
    this.keep();
    this.log.pending(frame.id, text, images.map(({ address }) => address));
    this.screen.ownWords(this.log);
    this.wire.send(frame);
    this.screen.thinking(true);
  }

  retry(id) {
    const said = this.said.get(id);
    if (!said) return;
    said.to = this.screen.to;
    this.keep();
    this.log.resending(id);
    this.wire.send(said.frame);
    this.screen.thinking(true);
  }

  press(slot, verb, data) {
    const frame = { type: "press", id: freshId(), verb: String(verb ?? ""), data, ...(slot === null ? {} : { slot }) };
    if (new Blob([JSON.stringify(frame)]).size > MAX_BYTES) {
      this.log.view(slot)?.free(t("web.fault.too_much"));
      return;
    }
    this.pressed.set(frame.id, slot);
    this.wire.send(frame);
  }

  // The answer to a press stands at its card; without one, where one writes.
  answered(id, notice) {
    const slot = this.pressed.get(id);
    this.pressed.delete(id);
    if (slot === null) this.screen.note(notice);
    else this.log.view(slot)?.free(notice);
  }

  settled(id, notice) {
    this.said.delete(id);
    this.log.settled(id);
    this.keep();
    this.screen.thinking(this.said.size > 0);
    if (notice) this.screen.tell(notice);
  }

  fault(frame) {
    const slot = this.pressed.get(frame.id);
    if (slot !== undefined) {
      if (!frame.again) this.answered(frame.id, frame.text);
      else if (slot === null) this.screen.note(frame.text);
      else this.log.view(slot)?.tell(frame.text);
    } else if (this.said.has(frame.id)) {
      if (!frame.again) this.screen.thinking(false);
      this.log.failed(frame.id, frame.text, frame.again);
    } else if (!frame.id) this.screen.tell(frame.text);
  }

  keep() {
    this.drafts.keepUnsent([...this.said.values()]);
  }

  signedOut() {
    forget();
    this.wire.close();
    if (this.people) this.becomeAgain();
    else {
      this.forget();
      // Nobody was here yet: straight to the page to sign in on, which a frame of the intranet cannot show the way from.
      if (settings.providers && !this.person && window.top === window) location.replace("/signin?from=chat");
      else this.screen.signIn(settings.guests ? () => this.beGuest() : null, Boolean(this.person), settings.providers && "/signin");
    }
  }

  // Whoever sits down here next reads nothing of it, and sends nothing of it.
  forget() {
    this.drafts = undefined;
    this.said.clear();
    this.pressed.clear();
    this.screen.thinking(false);
    this.log.clear();
    this.composer.clear();
  }

  // A badge of developer mode does not outlive the server that gave it: ask for a new one, once.
  async becomeAgain() {
    const badge = this.asked ? { fault: null } : await become(wanted());
    this.asked = true;
    if ("fault" in badge) await this.people.show({ forced: true, fault: badge.fault ?? t("web.signed_out") });
    else this.connect(badge.token);
  }

  async beGuest() {
    const response = await fetch("/chat/guest", { method: "POST" }).catch(() => null);
    if (!response?.ok) {
      this.screen.tell(t("web.fault.unavailable"));
      return;
    }
    this.screen.signedIn();
    this.person = undefined;
    this.wire = undefined;
    this.connect(null);
  }

  async leave() {
    this.wire?.close();
    const answer = await fetch("/chat/leave", { method: "POST" }).catch(() => null);
    const { next } = (await answer?.json().catch(() => null)) ?? {};
    forgetWritten();
    this.forget(); // also from the page that a browser keeps for its way back
    location.assign(next ?? "/chat"); // `next`: where the session at the identity provider ends
  }
}

new Chat().start();
