// Who this tab is. In developer mode that is the tab's own affair, kept in its session storage; otherwise the server's
// cookie says it and this page never sees it.

const KEPT = "heia.badge";

export function wanted() {
  return new URLSearchParams(location.search).get("as");
}

// Return { token, person } of the sample person `id`, or { fault }.
export async function become(id) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept?.person.id === id) return kept;
  const response = await fetch("/chat/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ as: id }),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok) return { fault: answer?.error ?? null };
  sessionStorage.setItem(KEPT, JSON.stringify(answer));
  return answer;
}

// Return an address so that the desk opens as the sample person of this tab. In developer mode its own cookie would
// say who the last tab was.
export function forTab(address) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const url = new URL(address, location.href);
  const desk = url.origin === location.origin && /^\/desk(\/|$)/.test(url.pathname);
  if (kept && desk) url.searchParams.set("as", kept.person.id);
  return url.href;
}

export function forget() {
  sessionStorage.removeItem(KEPT);
}
