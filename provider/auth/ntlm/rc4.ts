/** RC4 (RFC 6229 holds its vectors), which NTLM's sealing needs and Node's OpenSSL no longer offers. */

/** One RC4 key stream. Each `update` goes on where the last one ended; encryption and decryption are the same. */
export class Rc4 {
  readonly #state = new Uint8Array(256);
  #i = 0;
  #j = 0;

  /** @param key 1 to 256 bytes. */
  constructor(key: Uint8Array) {
    if (key.length < 1 || key.length > 256) throw new RangeError("an RC4 key has 1 to 256 bytes");
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      const value = state[i] ?? 0;
      j = (j + value + (key[i % key.length] ?? 0)) & 0xff;
      state[i] = state[j] ?? 0;
      state[j] = value;
    }
  }

  /** The bytes combined with the next bytes of the key stream, as a new buffer. */
  update(bytes: Uint8Array): Buffer {
    const state = this.#state;
    const out = Buffer.allocUnsafe(bytes.length);
    let i = this.#i;
    let j = this.#j;
    for (let at = 0; at < bytes.length; at++) {
      i = (i + 1) & 0xff;
      const x = state[i] ?? 0;
      j = (j + x) & 0xff;
      const y = state[j] ?? 0;
      state[i] = y;
      state[j] = x;
      out[at] = (bytes[at] ?? 0) ^ (state[(x + y) & 0xff] ?? 0);
    }
    this.#i = i;
    this.#j = j;
    return out;
  }
}
