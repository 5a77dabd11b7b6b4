// The files of a report: its curve, shown, and its table, which is kept.

import { picture } from "./picture.js";
import { ask, bodyOf, saveButton } from "./save.js";
import { t } from "./texts.js";

// Return the elements for a report's addresses; `tell` says what came of a press.
export function reportParts(report, tell) {
  const keep = saveButton(t("web.report.table"), () => table(report.table), tell);
  return [...(report.plot ? [picture(report.plot, t("web.report.plot"))] : []), keep];
}

async function table(url) {
  const response = await ask(url);
  if (response?.status === 404) return { fault: t("web.report.gone") };
  const body = await bodyOf(response);
  if (!body) return { fault: t("web.report.not_fetched") };
  return { body, name: new URL(url, location.href).pathname.split("/").pop() };
}
