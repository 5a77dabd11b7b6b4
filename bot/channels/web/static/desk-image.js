// An image is chosen on the page and sent as it is in the chat. Without this script it is sent in the chat.
for (const field of document.querySelectorAll("[data-image-for]")) {
  const file = field.querySelector("input");
  const status = field.querySelector("[role=status]");
  const select = document.getElementById(field.dataset.imageFor);
  field.hidden = false;
  file.addEventListener("change", () => send(file, status, select));
}

async function send(input, status, select) {
  const [file] = input.files;
  if (!file) return;
  status.textContent = "";
  const answer = await fetch("/chat/images", { method: "POST", body: file }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok || !said?.id) {
    status.textContent = said?.error ?? input.dataset.failed;
    return;
  }
  select.add(new Option(file.name, said.id, false, true));
  status.textContent = input.dataset.done.replace("{name}", file.name);
}
