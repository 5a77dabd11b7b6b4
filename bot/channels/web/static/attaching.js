// Images the person is about to send: chosen, pasted or dropped, uploaded at once, shown with a way to take them back.

import { byId, freshId, make } from "./dom.js";
import { badgeHeaders } from "./picture.js";
import { t } from "./texts.js";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const MAX_BYTES = 10 * 1024 * 1024;
const MAX = 4;

export class Attaching {
  // changed(), refused(sentence), speak(sentence).
  constructor(asks) {
    this.asks = asks;
    this.waiting = new Map();
    this.list = byId("attached");
    const file = byId("file");
    byId("attach").hidden = false;
    byId("attach").addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      this.add([...file.files]);
      file.value = "";
    });
    byId("words").addEventListener("paste", (event) => this.pasted(event));
    this.listenForDrops();
  }

  get empty() {
    return this.waiting.size === 0;
  }

  get busy() {
    return [...this.waiting.values()].some((it) => !it.id);
  }

  add(files) {
    for (const file of files) {
      const fault = this.faultOf(file);
      if (fault) this.asks.refused(t(fault));
      else this.upload(file);
    }
  }

  faultOf(file) {
    if (!TYPES.includes(file.type)) return "web.image.not_image";
    if (file.size > MAX_BYTES) return "web.image.too_large";
    return this.waiting.size >= MAX ? "web.image.too_many" : null;
  }

  upload(file) {
    const name = file.name && file.name !== "image.png" ? file.name : t("web.image.pasted");
    const it = { key: freshId(), name, id: null, address: URL.createObjectURL(file), request: new XMLHttpRequest() };
    this.waiting.set(it.key, it);
    this.show(it);
    const { request } = it;
    request.open("POST", "/chat/images");
    for (const [header, value] of Object.entries(badgeHeaders())) request.setRequestHeader(header, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && this.progress(it, event.loaded / event.total);
    request.onload = () => this.uploaded(it);
    request.onerror = () => this.failed(it, t("web.image.unavailable"));
    request.send(file);
    this.asks.changed();
  }

  progress(it, share) {
    it.bar.value = Math.round(100 * share);
  }

  uploaded(it) {
    const { status, response } = it.request;
    if (status !== 200 || !response?.id) {
      this.failed(it, response?.error ?? t("web.image.unavailable"));
      return;
    }
    it.id = response.id;
    it.bar.remove();
    this.asks.speak(t("web.image.ready", { name: it.name }));
    this.asks.changed();
  }

  failed(it, sentence) {
    if (!this.waiting.has(it.key)) return;
    this.asks.refused(sentence);
    this.forget(it);
  }

  show(it) {
    it.bar = make("progress", { max: 100, value: 0, "aria-label": t("web.image.uploading", { name: it.name }) });
    const label = t("web.image.remove", { name: it.name });
    const remove = make("button", { type: "button", class: "quiet", "aria-label": label, title: label, on: { click: () => this.remove(it) } }, "✕");
    it.element = make("li", {}, make("img", { src: it.address, alt: "" }), make("span", { class: "name" }, it.name), it.bar, remove);
    this.list.setAttribute("aria-label", t("web.image.attached"));
    this.list.append(it.element);
    this.list.hidden = false;
  }

  // Taken back by the person: the server forgets it too.
  remove(it) {
    it.request.abort();
    if (it.id) fetch(`/chat/images/${it.id}`, { method: "DELETE", headers: badgeHeaders() }).catch(() => null);
    this.forget(it);
    byId("words").focus();
  }

  clear() {
    for (const it of [...this.waiting.values()]) {
      it.request.abort();
      this.forget(it);
    }
  }

  forget(it) {
    this.waiting.delete(it.key);
    URL.revokeObjectURL(it.address);
    this.drop(it);
  }

  // Return what is sent now, [{ id, address }], and start afresh; the addresses are the receiver's to keep.
  take() {
    const sent = [...this.waiting.values()];
    this.waiting.clear();
    for (const it of sent) this.drop(it);
    return sent.map(({ id, address }) => ({ id, address }));
  }

  drop(it) {
    it.element.remove();
    this.list.hidden = this.waiting.size === 0;
    this.asks.changed();
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.add(files);
  }

  listenForDrops() {
    const dock = document.querySelector(".dock");
    const brings = (event) => !dock.hidden && [...(event.dataTransfer?.types ?? [])].includes("Files");
    const stop = () => dock.classList.remove("dropping");
    document.addEventListener("dragover", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      dock.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => event.relatedTarget === null && stop());
    document.addEventListener("drop", (event) => {
      stop();
      if (!brings(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
  }
}
