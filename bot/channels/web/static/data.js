// The file with everything that is stored of a person.

import { ask, bodyOf, saveButton } from "./save.js";
import { t } from "./texts.js";

// Return the button for the data of `person`; `tell` says what came of a press.
export function dataButton(person, tell) {
  return saveButton(t("web.data.download"), () => archive(person), tell);
}

async function archive(person) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ person }) };
  const response = await ask("/chat/data", options);
  if (response && !response.ok) {
    const told = await response.json().catch(() => null);
    return { fault: told?.error ?? t("web.data.not_fetched") };
  }
  const body = await bodyOf(response);
  if (!body) return { fault: t("web.data.not_fetched") };
  return { body, name: nameOf(response) };
}

function nameOf(response) {
  const found = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  return found?.[1] ?? "heia-data.zip";
}
