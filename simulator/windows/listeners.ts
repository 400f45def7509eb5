/** What the WinRM service listens on, as `winrm enumerate winrm/config/listener` shows it. */

/** One listener. */
export interface Listener {
  readonly transport: "HTTP" | "HTTPS";
  readonly port: number;
  readonly hostname: string;
  /** SHA-1, 40 upper-case hexadecimal digits; empty over HTTP. */
  readonly certificateThumbprint: string;
}

/** The listeners of one host. Each listens on every address, under `wsman`, and is enabled. */
export class Listeners {
  readonly #all: Listener[] = [];

  add(listener: Listener): void {
    this.#all.push(listener);
  }

  list(): readonly Listener[] {
    return this.#all;
  }

  /** What the host says of an https listener's certificate, whatever clients meet; empty: it does not say. */
  setThumbprint(certificateThumbprint: string): void {
    for (const [index, listener] of this.#all.entries()) {
      if (listener.transport === "HTTPS") this.#all[index] = { ...listener, certificateThumbprint };
    }
  }
}
