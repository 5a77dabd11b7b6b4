// Ask before a page is left with text that is not saved. Without this script the text is lost as in any form.
const form = document.getElementById("composer");
let unsaved = form.dataset.unsaved === "true"; // a preview or a check shows what was written, and saves nothing

form.addEventListener("input", () => {
  unsaved = true;
});
for (const done of ["submit", "reset"])
  form.addEventListener(done, () => {
    unsaved = false;
  });
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
