// The page: puts the parts together and passes on what happens.

import { Composer } from "./composer.js";
import { byId, freshId } from "./dom.js";
import { become, forget, keepUnsent, forgetUnsent, unsent, wanted } from "./identity.js";
import { Log } from "./log.js";
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
    });
    this.composer = new Composer({
      say: (text, images) => this.say(text, images),
      speak: (sentence) => this.screen.speak(sentence),
      images: settings.images,
    });
    this.people = settings.choose ? new People() : null;
    this.pressed = new Map();
    this.said = new Map();
    byId("who").addEventListener("click", () => this.people?.show({ current: this.person?.id }));
    byId("leave").addEventListener("click", () => this.leave());
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
      hear: (frame) => this.hear(frame),
      changed: (state) => this.changed(state),
      waiting: this.wire?.waiting, // the same person again, whose words have not arrived
    });
    this.screen.connecting();
    this.wire.connect();
  }

  changed(state) {
    if (state === "signed_out") this.signedOut();
    else this.screen.connection(state);
  }

  hear(frame) {
    switch (frame.type) {
      case "hello":
        this.hello(frame);
        break;
      case "language":
        this.tongue(frame);
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
        this.log.view(this.pressed.get(frame.id))?.free(frame.notice ?? "");
        this.pressed.delete(frame.id);
        break;
      case "fault":
        this.fault(frame);
        break;
    }
  }

  hello(frame) {
    const first = !this.person;
    this.asked = false;
    this.person = frame.person;
    this.tongue(frame);
    this.screen.person(frame.person, Boolean(this.people), settings.providers);
    this.log.reconcile(frame.entries);
    if (first) this.resume();
    this.screen.opened(first, this.log);
    if (first && !matchMedia("(hover: none)").matches) this.composer.focus(); // no keyboard over half a phone
  }

  tongue(frame) {
    speak(frame);
    this.screen.person(this.person, Boolean(this.people), settings.providers);
  }

  resume() {
    for (const frame of unsent(this.person.id)) {
      if (!this.log.entries.has(`said ${frame.id}`)) this.log.pending(frame.id, frame.text);
      this.said.set(frame.id, frame);
      this.wire.send(frame);
    }
  }

  take(push) {
    const what = this.log.take(push);
    if (!what) return;
    if (push.type !== "said") this.screen.thinking(false);
    this.screen.happened(what, push, this.log);
    if (push.message?.to_keep) showReceipt(push.message.text);
  }

  // `images` are [{ id, address }]: what the server calls them, and where this page has them.
  say(text, images = []) {
    const frame = { type: "say", id: freshId(), text, images: images.map(({ id }) => id) };
    this.said.set(frame.id, frame);
    this.keep();
    this.log.pending(frame.id, text, images.map(({ address }) => address));
    this.screen.ownWords(this.log);
    this.wire.send(frame);
    this.screen.thinking(true);
  }

  retry(id) {
    const frame = this.said.get(id);
    if (!frame) return;
    this.log.resending(id);
    this.wire.send(frame);
    this.screen.thinking(true);
  }

  press(slot, verb, data) {
    const frame = { type: "press", id: freshId(), verb: String(verb ?? ""), data, slot };
    if (new Blob([JSON.stringify(frame)]).size > MAX_BYTES) {
      this.log.view(slot)?.free(t("web.fault.too_much"));
      return;
    }
    this.pressed.set(frame.id, slot);
    this.wire.send(frame);
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
      if (frame.again) this.log.view(slot)?.tell(frame.text);
      else {
        this.log.view(slot)?.free(frame.text);
        this.pressed.delete(frame.id);
      }
    } else if (this.said.has(frame.id)) {
      if (!frame.again) this.screen.thinking(false);
      this.log.failed(frame.id, frame.text, frame.again);
    } else if (!frame.id) this.screen.tell(frame.text);
  }

  keep() {
    keepUnsent(this.person.id, [...this.said.values()]);
  }

  signedOut() {
    forget();
    this.wire.close();
    if (this.people) this.becomeAgain();
    else {
      this.log.clear(); // whoever sits down here next reads nothing of it
      // Nobody was here yet: straight to the page to sign in on, which a frame of the intranet cannot show the way from.
      if (settings.providers && !this.person && window.top === window) location.replace("/signin?from=chat");
      else this.screen.signIn(settings.guests ? () => this.beGuest() : null, Boolean(this.person), settings.providers && "/signin");
    }
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
    this.log.clear();
    this.connect(null);
  }

  async leave() {
    this.wire?.close();
    const answer = await fetch("/chat/leave", { method: "POST" }).catch(() => null);
    const { next } = (await answer?.json().catch(() => null)) ?? {};
    forgetUnsent();
    location.assign(next ?? "/chat"); // `next`: where the session at the identity provider ends
  }
}

new Chat().start();
