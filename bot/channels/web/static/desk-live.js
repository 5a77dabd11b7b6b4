// Says that a publication is live as soon as it is. Without this script the page says so when it is loaded again.
const live = document.getElementById("live");
const PAUSE = 1000;
// Longer than a publication takes; after that the page tells what it knows.
const MOST = 30;

async function look() {
  const answer = await fetch(live.dataset.ask).catch(() => null);
  if (!answer?.ok) return false;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!shown || shown.dataset.live === "waiting") return false;
  live.replaceChildren(shown);
  return true;
}

async function wait(left) {
  if (left > 0 && !(await look())) setTimeout(wait, PAUSE, left - 1);
}

setTimeout(wait, PAUSE, MOST);
