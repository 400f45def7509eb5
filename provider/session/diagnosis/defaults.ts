import type { ErrorCode, ErrorContext } from "../../errors";

/** Advice for failures whose own place knows no more than what broke. */

const BETWEEN = "connect without the middleboxes on the path";

const ADVICE: Readonly<Partial<Record<ErrorCode, ErrorContext>>> = {
  WINRM_E_HANDSHAKE: {
    causes: ["the peer is not the intended host", "a middlebox on the path changed the exchange"],
    remedy: `check connection.host and connection.port, and ${BETWEEN}`,
  },
  WINRM_E_MESSAGE_INTEGRITY: {
    causes: [
      "a middlebox on the path changed, repeated or dropped a message",
      "a proxy or load balancer mixes up the connections of several hosts",
    ],
    remedy: `${BETWEEN}, or over https, where no middlebox can change a message`,
  },
  WINRM_E_PROTOCOL: {
    causes: [
      "the peer is not Windows' WinRM service, or not the intended one",
      "a middlebox on the path changed the response",
    ],
    remedy: `check connection.host, connection.port and connection.path, and ${BETWEEN}`,
  },
  WINRM_E_FAULT: {
    remedy:
      "on the host, winrm helpmsg with the number explains it; its event log Microsoft-Windows-WinRM/Operational has more",
  },
};

/** Of a fault that no number explains. */
const UNNUMBERED: ErrorContext = {
  causes: ["the peer may not be a Windows host: Windows gives each of its faults a number"],
  remedy: "pulumi-winrm doctor says what responds; check connection.host, connection.port and connection.path",
};

/**
 * Likely causes and the next step, for errors that lack them.
 * @param fault `unnumbered`: without a number of Windows.
 */
export function generalAdvice(
  code: ErrorCode,
  { unnumbered = false }: { readonly unnumbered?: boolean } = {},
): ErrorContext {
  return code === "WINRM_E_FAULT" && unnumbered ? UNNUMBERED : (ADVICE[code] ?? {});
}
