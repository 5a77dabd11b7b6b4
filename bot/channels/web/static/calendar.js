// The calendar file of a course, to be opened by a calendar program.

import { ask, bodyOf, saveButton } from "./save.js";
import { t } from "./texts.js";

// Return the button for a file: its address, and whether it takes the course out of the calendar; `tell` says what came of
// a press.
export function calendarButton({ url, ends }, tell) {
  return saveButton(t(ends ? "web.calendar.remove" : "web.calendar.download"), () => file(url), tell);
}

async function file(url) {
  const response = await ask(url);
  if (response?.status === 404) return { fault: t("web.calendar.gone") };
  const body = await bodyOf(response);
  if (!body) return { fault: t("web.calendar.not_fetched") };
  return { body, name: new URL(url, location.href).pathname.split("/").pop() };
}
