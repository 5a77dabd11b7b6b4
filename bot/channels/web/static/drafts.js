// What the person is writing, kept in this tab until it is sent. Nothing of it leaves the machine, and no other person who
// signs in here gets to see it.

const UNSENT = "heia.unsent.";
const WORDS = "heia.words.";
const FORMS = "heia.forms.";

// Other tabs of this browser: a sign-out in one is a sign-out in all, and leaves nothing behind in any.
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("heia") : null;
tabs?.addEventListener("message", (event) => event.data === "left" && forget([UNSENT, WORDS, FORMS]));

export class Drafts {
  constructor(personId) {
    this.personId = personId;
    forgetOthers(personId);
  }

  // What was said and not yet answered: [{ frame, to }]. An earlier version of this page kept frames alone.
  get unsent() {
    return (read(UNSENT + this.personId) ?? []).map((each) => (each.frame ? each : { frame: each, to: "" }));
  }

  keepUnsent(said) {
    write(UNSENT + this.personId, said.length ? said : null);
  }

  // What is being written, and to whom: { text, to }.
  get words() {
    return read(WORDS + this.personId) ?? { text: "", to: "" };
  }

  keepWords(words) {
    write(WORDS + this.personId, words.text ? words : null);
  }

  // What stands in the form of a message: { input: [type, first value, value] }.
  form(slot) {
    return read(FORMS + this.personId)?.[slot] ?? {};
  }

  keepForm(slot, filled) {
    const { [slot]: before, ...others } = read(FORMS + this.personId) ?? {};
    const kept = Object.keys(filled).length ? { ...others, [slot]: filled } : others;
    if (before || kept !== others) write(FORMS + this.personId, Object.keys(kept).length ? kept : null);
  }

  // The session is over. What was sent still goes out when the same person signs in again in this tab.
  end() {
    forget([WORDS, FORMS]);
  }
}

// Somebody is here: nothing stays of who was here before.
export function forgetOthers(personId) {
  forget([UNSENT, WORDS, FORMS], personId);
}

// The person signs out: nothing stays, in this tab or another.
export function forgetWritten() {
  tabs?.postMessage("left");
  forget([UNSENT, WORDS, FORMS]);
}

function forget(kinds, except) {
  tried(() => {
    for (const key of Object.keys(sessionStorage)) {
      const kind = kinds.find((each) => key.startsWith(each));
      if (kind && key !== kind + except) sessionStorage.removeItem(key);
    }
  });
}

function read(key) {
  return tried(() => JSON.parse(sessionStorage.getItem(key)));
}

function write(key, value) {
  tried(() => (value === null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, JSON.stringify(value))));
}

// A storage that is full or forbidden costs the draft, never the message.
function tried(work) {
  try {
    return work() ?? null;
  } catch {
    return null;
  }
}
