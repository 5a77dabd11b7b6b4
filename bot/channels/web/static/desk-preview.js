// The composer's preview follows what is written. Without this script the button of the form shows it.
const form = document.getElementById("composer");
const preview = document.getElementById("preview");
const PAUSE = 700;
let timer = 0;
let asked = 0;

async function refresh() {
  const turn = ++asked;
  const answer = await fetch(form.dataset.preview, { method: "POST", body: written() }).catch(() => null);
  // A later request overtakes an earlier one; a fault leaves what is shown.
  if (turn !== asked || !answer?.ok) return;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (turn === asked) preview.replaceChildren(...shown.body.childNodes);
}

// The texts of the form; a file is sent only when it is saved.
function written() {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

for (const change of ["input", "reset"])
  form.addEventListener(change, () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
