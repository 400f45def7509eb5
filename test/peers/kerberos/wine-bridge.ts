/** Loaded before client-main.js under Wine, whose pipes libuv cannot open: a loopback connection for the standard streams. */
import { connect } from "node:net";

const socket = connect(Number(process.env["BRIDGE_PORT"]), "127.0.0.1");
for (const name of ["stdin", "stdout"]) Object.defineProperty(process, name, { value: socket });
socket.on("close", () => process.exit());
