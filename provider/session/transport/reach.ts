import type { Socket } from "node:net";
import { connectionError } from "../diagnosis/socket";
import { dial } from "./dial";
import { type TunnelOptions, connectToProxy } from "./proxy-tunnel";
import type { SessionTarget } from "../target";

/**
 * The first socket on the way to a host, to the proxy if there is one, for who wants to see the steps that
 * `Connection.open` takes as one: `reach`, then `openTunnel` through it, then `Connection.over`.
 * @throws WinrmError `WINRM_E_DNS`, `_REFUSED`, `_UNREACHABLE`, `_CONNECT_TIMEOUT`, `_PROXY`, `_CANCELLED`.
 */
export async function connectFirstHop(
  target: SessionTarget,
  options: Pick<TunnelOptions, "signal" | "deadline">,
): Promise<Socket> {
  const { host, port, proxy } = target;
  if (proxy !== undefined) return await connectToProxy(proxy, target, options);
  const { signal, deadline } = options;
  const address = { transport: "http", host, port, verified: true } as const;
  try {
    const socket = await dial(address, { signal, timeoutMs: Math.max(1, deadline - Date.now()) });
    // Until the next layer owns the socket, nothing else listens to its errors.
    socket.on("error", () => undefined);
    return socket;
  } catch (error) {
    throw connectionError(error, "connect");
  }
}
