// The socket to the server. What has an id is kept until the server has answered it, and is sent again after a break:
// the id stays the same, so that the server does it once.

const PAUSES = [300, 1000, 2000, 4000, 8000, 15000];
const PING_AFTER = 20_000;
const PONG_WITHIN = 10_000;
const SIGNED_OUT = 4401;
const TOO_MANY = 4429;

export class Wire {
  // hear(frame), changed(state): "open", "broken", "signed_out", "too_many". `waiting` is what another wire did not bring.
  constructor({ token, hear, changed, waiting = new Map() }) {
    this.token = token;
    this.hear = hear;
    this.changed = changed;
    this.waiting = waiting;
    this.greeted = false;
    this.tries = 0;
    this.ready = false;
    window.addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.retryNow());
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/chat/socket`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "open", token: this.token, again: this.greeted }));
    socket.onmessage = (event) => socket === this.socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.broke(event.code);
  }

  // Send a frame that has an id, now or as soon as there is a connection.
  send(frame) {
    this.waiting.set(frame.id, frame);
    if (this.ready) this.socket.send(JSON.stringify(frame));
  }

  forget(id) {
    this.waiting.delete(id);
  }

  receive(frame) {
    this.watch();
    if (frame.type === "pong") return;
    if (frame.type === "hello") this.opened();
    if (frame.type === "arrived") this.greeted = true;
    this.hear(frame);
    if (frame.type === "ack" || frame.type === "pressed") this.waiting.delete(frame.id);
    if (frame.type === "fault" && frame.id) this.faulted(frame);
    if (frame.type === "hello") this.sendWaiting();
  }

  opened() {
    this.tries = 0;
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
    clearTimeout(this.pinger);
    if (code === SIGNED_OUT) {
      this.changed("signed_out");
      return;
    }
    this.changed(code === TOO_MANY ? "too_many" : "broken");
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.connect(), (code === TOO_MANY ? 30_000 : pause) * (0.7 + 0.6 * Math.random()));
  }

  retryNow() {
    if (this.timer !== undefined) this.connect();
  }

  // A connection may be dead without anyone saying so: ask after a silence, and give up when no answer comes.
  watch() {
    clearTimeout(this.pinger);
    const socket = this.socket;
    this.pinger = setTimeout(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: "ping" }));
      this.pinger = setTimeout(() => {
        if (socket !== this.socket) return;
        this.socket = undefined;
        socket.close();
        this.broke(0);
      }, PONG_WITHIN);
    }, PING_AFTER);
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.pinger);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }
}
