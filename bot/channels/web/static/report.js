// The files of a report: its curve, shown, and its table, which is kept. Both are asked for with the badge, as images are.

import { make } from "./dom.js";
import { badgeHeaders, picture } from "./picture.js";
import { t } from "./texts.js";

// Return the elements for a report's addresses; `tell` says what came of a press.
export function reportParts(report, tell) {
  const keep = make("button", { type: "button", class: "keep-table" }, t("web.report.table"));
  keep.addEventListener("click", async () => {
    keep.disabled = true;
    tell((await save(report.table)) ?? "");
    keep.disabled = false;
  });
  return [...(report.plot ? [picture(report.plot, t("web.report.plot"))] : []), keep];
}

// Save the file; return a sentence when it cannot be had.
async function save(url) {
  const response = await fetch(url, { headers: badgeHeaders() }).catch(() => null);
  if (response?.status === 404) return t("web.report.gone");
  const body = response?.ok ? await response.blob().catch(() => null) : null;
  if (!body) return t("web.report.not_fetched");
  const address = URL.createObjectURL(body);
  make("a", { href: address, download: new URL(url, location.href).pathname.split("/").pop() }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return null;
}
