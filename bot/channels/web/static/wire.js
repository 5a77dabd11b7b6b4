// The socket to the server. What has an id is kept until the server has answered it, and is sent again after a break:
// the id stays the same, so that the server does it once.

const PAUSES = [300, 1000, 2000, 4000, 8000, 15000];
const PING_AFTER = 20_000;
const PONG_WITHIN = 10_000;
const SILENT_AFTER = 2_000;
const SIGNED_OUT = 4401;
const TOO_MANY = 4429;

export class Wire {
  // hear(frame), changed(state): "open", "silent", "broken", "signed_out", "too_many". `waiting` is what another wire did
  // not bring.
  constructor({ token, language, hear, changed, waiting = new Map() }) {
    this.token = token;
    this.language = language;
    this.hear = hear;
    this.changed = changed;
    this.waiting = waiting;
    this.greeted = false;
    this.tries = 0;
    this.ready = false;
    this.silent = false;
    this.heardAt = 0;
    this.ended = new AbortController();
    this.listen("offline", window, () => this.silence());
    this.listen("online", window, () => this.back());
    this.listen("visibilitychange", document, () => document.visibilityState === "visible" && this.back());
    for (const event of ["pointerdown", "keydown", "scroll"]) this.listen(event, document, () => this.used());
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/chat/socket`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.opening()));
    socket.onmessage = (event) => socket === this.socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.broke(event.code);
  }

  opening() {
    return { type: "open", token: this.token, again: this.greeted, language: this.language };
  }

  listen(event, target, listener) {
    target.addEventListener(event, listener, { signal: this.ended.signal, passive: true });
  }

  // Somebody is at the page: find out now whether what they do would arrive. Pages that nobody uses ask seldom.
  used() {
    if (this.prober === undefined && Date.now() - this.heardAt > SILENT_AFTER) this.probe();
  }

  // Send a frame that has an id, now or as soon as there is a connection.
  send(frame) {
    this.waiting.set(frame.id, frame);
    if (!this.ready) return;
    this.socket.send(JSON.stringify(frame));
    this.probe();
  }

  forget(id) {
    this.waiting.delete(id);
  }

  receive(frame) {
    this.watch();
    this.heard();
    if (frame.type === "pong") return;
    if (frame.type === "hello") this.opened();
    if (frame.type === "arrived") this.greeted = true;
    this.hear(frame);
    if (!this.socket) return; // the page wants no more of it
    if (frame.type === "ack" || frame.type === "pressed") this.waiting.delete(frame.id);
    if (frame.type === "fault" && frame.id) this.faulted(frame);
    if (frame.type === "hello") this.sendWaiting();
  }

  opened() {
    this.tries = 0;
    this.silent = false;
    this.changed("open");
  }

  sendWaiting() {
    this.ready = true;
    for (const frame of this.waiting.values()) this.socket.send(JSON.stringify(frame));
  }

  faulted(frame) {
    const kept = this.waiting.get(frame.id);
    if (!kept) return;
    if (!frame.again) {
      this.waiting.delete(frame.id);
      return;
    }
    setTimeout(() => this.ready && this.waiting.has(frame.id) && this.socket.send(JSON.stringify(kept)), 3000);
  }

  broke(code) {
    this.ready = false;
    this.silent = false;
    clearTimeout(this.pinger);
    clearTimeout(this.prober);
    if (code === SIGNED_OUT) {
      this.changed("signed_out");
      return;
    }
    this.changed(code === TOO_MANY ? "too_many" : "broken");
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.connect(), (code === TOO_MANY ? 30_000 : pause) * (0.7 + 0.6 * Math.random()));
  }

  // The network or the reader is back. A connection from before a break is often dead, and rarely says so.
  back() {
    if (this.timer !== undefined) this.connect();
    else this.probe(SILENT_AFTER);
  }

  // Ask for a sign of life now; say so when none comes at once, and connect again when none comes within `patience`.
  probe(patience = PONG_WITHIN) {
    if (!this.ready || this.socket.readyState !== WebSocket.OPEN) return;
    clearTimeout(this.prober);
    const socket = this.socket;
    socket.send(JSON.stringify({ type: "ping" }));
    this.prober = setTimeout(() => {
      this.silence();
      this.prober = setTimeout(() => this.giveUp(socket), patience - SILENT_AFTER);
    }, SILENT_AFTER);
  }

  silence() {
    if (!this.ready && this.timer === undefined) return; // it is being connected, which has its own banner
    this.silent = this.ready;
    this.changed("silent");
  }

  heard() {
    this.heardAt = Date.now();
    clearTimeout(this.prober);
    this.prober = undefined;
    if (!this.silent || !navigator.onLine) return;
    this.silent = false;
    this.changed("open");
  }

  // A connection may be dead without anyone saying so: ask after a silence, and give up when no answer comes.
  watch() {
    clearTimeout(this.pinger);
    this.pinger = setTimeout(() => this.probe(), PING_AFTER);
  }

  giveUp(socket) {
    if (socket !== this.socket) return;
    this.socket = undefined;
    socket.close();
    this.broke(0);
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.pinger);
    clearTimeout(this.prober);
    this.ended.abort();
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }
}
