/** Loaded before a script under Wine, for what Wine cannot do. */
import { connect, Socket } from "node:net";

/** Wine fails to connect a socket on which keep-alive was set before. */
Socket.prototype.setKeepAlive = function (this: Socket): Socket {
  return this;
};

/** libuv cannot open Wine's pipes: a loopback connection stands for the standard streams. */
const port = process.env["BRIDGE_PORT"];
if (port !== undefined) {
  const socket = connect(Number(port), "127.0.0.1");
  for (const name of ["stdin", "stdout"]) Object.defineProperty(process, name, { value: socket });
  socket.on("close", () => process.exit());
}
