// Preloaded into Agents Playground, which listens on every interface and has no option for it: keep it on this machine.
"use strict";
const { Server } = require("node:net");
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  const bare = typeof port === "number" && typeof rest[0] !== "string";
  return bare ? listen.call(this, port, "127.0.0.1", ...rest) : listen.call(this, port, ...rest);
};
