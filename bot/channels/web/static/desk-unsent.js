// What is written in the forms of the desk stays in this tab until it is sent, also over a sign-in. Without this script a
// form whose session has ended is kept in the page that says so.

import { Drafts, forgetWritten, tellTabs } from "./drafts.js";

const PAUSE = 300;
// What a form was made from; other hidden inputs say what it is about.
const VERSIONS = ["base_id", "edition", "seen", "ticked"];
const drafts = new Drafts(document.body.dataset.unsent);
const forms = [...document.querySelectorAll("form[method=post]:not([role=search])")].filter(({ elements }) => elements.form);
const timers = new Map();
const restored = new Set();

tellTabs(drafts.key, close);
document.querySelector("form[action='/desk/leave']")?.addEventListener("submit", leave);
drafts.forgetDone(document.body.dataset.done);
for (const form of forms) {
  restore(form);
  form.addEventListener("input", () => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keep(form), PAUSE));
  });
  form.addEventListener("submit", () => {
    if (timers.has(form)) keep(form);
    drafts.sentDeskForm(nameOf(form), kindOf(form));
  });
}
// What was written before the scripts came, or given back by this one, is new to all of them; by now each listens.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of forms.filter(hasNew)) form.dispatchEvent(new Event("input", { bubbles: true }));
});
addEventListener("pagehide", () => timers.forEach((_, form) => keep(form)));
addEventListener("pageshow", (event) => event.persisted && location.reload());

// Which form of which page: by its verb and what it is about.
function nameOf(form) {
  const about = [...form.elements].filter(({ type, name }) => type === "hidden" && ![...VERSIONS, "form"].includes(name));
  return JSON.stringify([location.pathname, ...about.map(({ name, value }) => [name, value])]);
}

function kindOf(form) {
  return JSON.stringify([location.pathname, form.elements.verb?.value ?? ""]);
}

function hasNew(form) {
  const fields = [...form.querySelectorAll("textarea, input:not([type=hidden])")];
  const isNew = ({ value, defaultValue, checked, defaultChecked }) => value !== defaultValue || checked !== defaultChecked;
  return restored.has(form) || fields.some(isNew);
}

function writtenIn(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "form" && name !== "verb");
}

function keep(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  const id = form.elements.form.value.split(".")[0];
  drafts.keepDeskForm(nameOf(form), { id, inputs: writtenIn(form) });
}

function restore(form) {
  const written = drafts.deskForm(nameOf(form));
  if (written?.sent && document.body.dataset.answersForm) return keep(form); // the server's answer to it, filled in
  if (written?.sent) drafts.keepDeskForm(nameOf(form), { id: written.id, inputs: written.inputs }); // it is here again
  if (!written || JSON.stringify(written.inputs) === JSON.stringify(writtenIn(form))) return;
  const versions = VERSIONS.map((name) => form.elements[name]).filter(Boolean);
  const before = versions.map(({ value }) => value);
  fill(form, written.inputs);
  restored.add(form);
  const notice = document.getElementById("unsent-back").content.cloneNode(true).firstElementChild;
  notice.querySelector("button").addEventListener("click", () => {
    form.reset();
    versions.forEach((input, place) => (input.value = before[place]));
    clearTimeout(timers.get(form));
    timers.delete(form);
    drafts.keepDeskForm(nameOf(form), null);
    notice.remove();
  });
  document.querySelector("h1").after(notice);
  document.getElementById("unsaved-there")?.remove(); // the server's copy, which is older
}

// A browser sends the inputs in the order of the page, and leaves out what is not ticked. A form that says which boxes were
// `ticked` in it gets back those alone that the person changed: the page may have others meanwhile.
function fill(form, inputs) {
  const left = new Map();
  for (const [name, value] of inputs) left.set(name, [...(left.get(name) ?? []), value]);
  const before = left.get("ticked")?.[0].split(",");
  left.delete("ticked");
  for (const input of form.elements) {
    const values = left.get(input.name) ?? [];
    if (before && input.type === "checkbox") {
      const ticked = values.includes(input.value);
      if (ticked !== before.includes(input.value)) input.checked = ticked;
    } else if (["checkbox", "radio"].includes(input.type)) {
      input.checked = values[0] === input.value;
      if (input.checked) values.shift();
    } else if (values.length && !["file", "submit", "button"].includes(input.type)) input.value = values.shift();
  }
}

function stop() {
  timers.forEach((timer) => clearTimeout(timer));
  timers.clear();
}

function leave() {
  stop();
  forgetWritten();
}

// Another person is signed in in this browser, or this one has left: nothing of the page stays, and nothing can be typed.
function close(why) {
  stop();
  forms.forEach((form) => form.reset()); // for the scripts that would save it, or ask before it is lost
  const main = document.createElement("main");
  main.append(document.getElementById(`unsent-${why}`).content.cloneNode(true));
  document.body.replaceChildren(main);
}
