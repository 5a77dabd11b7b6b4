// A receipt is the reader's only copy. It stands beside the conversation until it is closed, also after the sign-out.

import { byId, make } from "./dom.js";
import { saveText } from "./save.js";
import { t } from "./texts.js";

export function showReceipt(text) {
  const panel = byId("receipt");
  const words = make("pre", { class: "receipt", tabindex: "0" }, text);
  const told = make("p", { class: "notice", role: "status" });
  const title = make("h2", { id: "receipt-title", tabindex: "-1" }, t("web.receipt.title"));
  const button = (key, click, kind = "") => make("button", { type: "button", class: kind, on: { click } }, t(key));
  const buttons = make(
    "div",
    { class: "buttons" },
    button("web.receipt.save", () => saveText(text, "heia-kvittering.txt"), "primary"),
    button("web.receipt.copy", async () => (told.textContent = t(await copied(text, words)))),
    button("web.receipt.close", () => close(panel)),
  );
  panel.replaceChildren(title, make("p", {}, t("web.receipt.why")), words, buttons, told);
  panel.hidden = false;
  title.focus();
}

function close(panel) {
  panel.hidden = true;
  panel.replaceChildren();
  (document.querySelector("#welcome button") ?? byId("words")).focus();
}

// Copy, and return the key of the sentence about it. Plain http gives pages no clipboard: then the text is marked.
async function copied(text, words) {
  try {
    await navigator.clipboard.writeText(text);
    return "web.receipt.copied";
  } catch {
    getSelection().selectAllChildren(words);
    return "web.receipt.marked";
  }
}
