// Choosing among many, by typing part of what one is looking for.

import { make } from "./dom.js";
import { fill, t } from "./texts.js";

const MANY = 20;

// Where one is chosen by its name, say what the field is for and show the name of what is chosen already; the renderer
// labels nothing there, and would show the id.
export function showChosen(input, rendered) {
  const field = rendered?.querySelector("input.ac-choiceSetInput-filtered");
  const label = rendered?.querySelector("label[id]");
  if (field && label) field.setAttribute("aria-labelledby", label.id);
  const chosen = field && input.choices.find((choice) => choice.value === input.defaultValue);
  if (chosen) field.value = chosen.title;
}

// Where several are chosen, put a field above a long list of boxes that hides those whose names are different. What is chosen stays in sight.
export function filterChoices(input, rendered) {
  const list = rendered?.querySelector(".ac-choiceSetInput-multiSelect");
  const rows = list ? [...list.children].filter((row) => row.querySelector("input")) : [];
  if (rows.length <= MANY) return;
  const filtered = t("web.card.filtered");
  const count = make("p", { class: "hint", role: "status" });
  const field = make("input", {
    type: "search",
    class: "ac-input ac-textInput choice-filter",
    "aria-label": `${input.label ?? ""}: ${t("web.card.filter")}`,
    placeholder: t("web.card.filter"),
    autocomplete: "off",
    on: { input: () => show() },
  });
  list.classList.add("choice-list");
  const whole = make("div", { class: "choice-among" });
  list.replaceWith(whole);
  whole.append(field, count, list);

  function show() {
    const wanted = plain(field.value);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.querySelector("input").checked && !plain(row.textContent).includes(wanted);
      if (!row.hidden) shown += 1;
    }
    count.textContent = wanted ? fill(filtered, { shown, all: rows.length }) : "";
  }
}

function plain(text) {
  return text.trim().toLowerCase();
}
