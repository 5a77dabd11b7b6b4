// Keep what is written in an article's form, for its author alone, when they pause. Without this script it is kept when
// it is saved.
const form = document.getElementById("composer");
const PAUSE = 5000;
let timer = 0;

function keep() {
  const written = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  // A fault costs the copy on the server, never what is written.
  fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(written) }).catch(() => null);
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(keep, PAUSE);
});
for (const done of ["submit", "reset"]) form.addEventListener(done, () => clearTimeout(timer));
