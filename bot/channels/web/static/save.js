// Save a file of the server on this machine. It is asked for with the badge, as images are.

import { make } from "./dom.js";
import { badgeHeaders } from "./picture.js";

// Return a button that saves a file when pressed. `fetchFile` returns a response and the name of the file, or a sentence
// when there is no file; `tell` shows that sentence.
export function saveButton(label, fetchFile, tell) {
  const button = make("button", { type: "button", class: "keep-table" }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    tell("");
    const found = await fetchFile();
    if (found.body) save(found.body, found.name);
    tell(found.fault ?? "");
    button.disabled = false;
  });
  return button;
}

// Ask for a file; the answer is null when the server cannot be reached.
export function ask(url, options = {}) {
  const headers = { ...badgeHeaders(), ...options.headers };
  return fetch(url, { ...options, headers }).catch(() => null);
}

// Return the content of an answer, null when it did not arrive whole.
export function bodyOf(response) {
  return response?.ok ? response.blob().catch(() => null) : null;
}

// Save a text of the page on this machine.
export function saveText(text, name) {
  save(new Blob([`${text}\n`], { type: "text/plain;charset=utf-8" }), name);
}

function save(body, name) {
  const address = URL.createObjectURL(body);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
