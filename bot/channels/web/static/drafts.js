// What a person has written and not sent, in the storage of this tab. Nothing of it leaves the machine. It is named by a
// key that the server makes of the person, and erased at sign-out, when another person is here, and after twelve hours.

const UNSENT = "heia.unsent.";
const WORDS = "heia.words.";
const FORMS = "heia.forms.";
const DESK = "heia.desk.";
const KINDS = [UNSENT, WORDS, FORMS, DESK];
const KEPT_MS = 12 * 60 * 60 * 1000;
const LOOKS_EVERY_MS = 10 * 60 * 1000;

// Other tabs of this browser: a sign-out in one is a sign-out in all, and so is a sign-in as another person.
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("heia") : null;
tabs?.addEventListener("message", (event) => event.data === "left" && forget());
setInterval(forgetOld, LOOKS_EVERY_MS);

export class Drafts {
  constructor(key) {
    this.key = key;
    forgetOthers(key);
    forgetOld();
  }

  // What was said and not yet answered: [{ frame, to }].
  get unsent() {
    return read(UNSENT + this.key) ?? [];
  }

  keepUnsent(said) {
    write(UNSENT + this.key, said.length ? said : null);
  }

  // What is being written, and to whom: { text, to }.
  get words() {
    return read(WORDS + this.key) ?? { text: "", to: "" };
  }

  keepWords(words) {
    write(WORDS + this.key, words.text ? words : null);
  }

  // What stands in the form of a message: { input: [type, first value, value] }. Each form is kept by itself, as old as it is.
  form(slot) {
    return read(this.name(FORMS, slot)) ?? {};
  }

  keepForm(slot, filled) {
    write(this.name(FORMS, slot), Object.keys(filled).length ? filled : null);
  }

  // What stands in a form of the desk: { id, inputs: [[name, value], …], sent: its kind, once it is on its way }.
  deskForm(name) {
    return read(this.name(DESK, name));
  }

  keepDeskForm(name, written) {
    write(this.name(DESK, name), written);
  }

  // A form is on its way. A page between, such as a warning, sends another form of the same kind in its place.
  sentDeskForm(name, kind) {
    for (const [other, { sent, ...written }] of this.deskForms()) {
      const now = other === name || sent === kind ? kind : undefined;
      if (now !== sent) this.keepDeskForm(other, { ...written, sent: now }); // writing makes it younger
    }
  }

  // A form was carried out: what was written in it, or in the one before in its place, is sent.
  forgetDone(id) {
    if (!id) return;
    for (const [name, written] of this.deskForms())
      if (written.id === id || written.sent) this.keepDeskForm(name, null);
  }

  deskForms() {
    const start = this.name(DESK, "");
    const names = Object.keys(sessionStorage).filter((name) => name.startsWith(start));
    return names.map((name) => [name.slice(start.length), read(name) ?? {}]);
  }

  name(kind, form) {
    return `${kind}${this.key} ${form}`;
  }
}

// Let other tabs know who this browser is signed in as; `changed` is called when another tab says that it is "another", or
// that the person has "left".
export function tellTabs(key, changed) {
  if (changed)
    tabs?.addEventListener("message", ({ data }) => {
      if (data === "left") changed(data);
      else if (data?.here && data.here !== key) changed("another");
    });
  tabs?.postMessage({ here: key });
}

// Somebody is here: nothing stays of who was here before.
export function forgetOthers(key) {
  forget((name, kind) => name.split(" ")[0] !== kind + key);
}

// The person signs out: nothing stays, in this tab or another.
export function forgetWritten() {
  tabs?.postMessage("left");
  forget();
}

function forgetOld() {
  forget((name) => !(Date.now() - JSON.parse(sessionStorage.getItem(name))?.at < KEPT_MS));
}

function forget(chosen = () => true) {
  tried(() => {
    for (const name of Object.keys(sessionStorage)) {
      const kind = KINDS.find((start) => name.startsWith(start));
      if (kind && tried(() => chosen(name, kind)) !== false) sessionStorage.removeItem(name);
    }
  });
}

function read(name) {
  return tried(() => JSON.parse(sessionStorage.getItem(name)).kept);
}

function write(name, kept) {
  tried(() =>
    kept === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, JSON.stringify({ at: Date.now(), kept })));
}

// A storage that is full or forbidden costs the draft, never the message.
function tried(work) {
  try {
    return work() ?? null;
  } catch {
    return null;
  }
}
