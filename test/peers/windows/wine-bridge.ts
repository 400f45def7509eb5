/** Loaded before a script under Wine, for what Wine cannot do. */
import { connect } from "node:net";

/** libuv cannot open Wine's pipes: a loopback connection stands for the standard streams. */
const port = process.env["BRIDGE_PORT"];
if (port !== undefined) {
  const socket = connect(Number(port), "127.0.0.1");
  for (const name of ["stdin", "stdout"]) Object.defineProperty(process, name, { value: socket });
  socket.on("close", () => process.exit());
}
