/** Changes to a ticket cache file that stand for the passing of time. The format: MIT krb5, "Credential cache file format". */
import { readFileSync, writeFileSync } from "node:fs";

/** Length of the header that MIT writes: version, length, and one DeltaTime field. */
const VERSION_4 = 0x0504;
const TAG_DELTA_TIME = 1;

/** Sets the clock difference that the library believes in, as if this machine's clock were off. */
export function shiftClock(path: string, seconds: number): void {
  const cache = readFileSync(path);
  const headerLength = cache.readUInt16BE(2);
  if (cache.readUInt16BE(0) !== VERSION_4) throw new Error("not a version 4 cache");
  const field = Buffer.alloc(12);
  field.writeUInt16BE(TAG_DELTA_TIME, 0);
  field.writeUInt16BE(8, 2);
  field.writeInt32BE(seconds, 4);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(VERSION_4, 0);
  head.writeUInt16BE(field.length, 2);
  writeFileSync(path, Buffer.concat([head, field, cache.subarray(4 + headerLength)]), { mode: 0o600 });
}

/**
 * Lets every ticket of the cache end an hour ago. Its times are four u32 BE: authtime, starttime, endtime, renew_till.
 * @param authTime the KDC's log has it, s since 1970.
 */
export function expire(path: string, authTime: number): void {
  const cache = readFileSync(path);
  const needle = Buffer.alloc(4);
  needle.writeUInt32BE(authTime);
  let found = 0;
  for (let at = cache.indexOf(needle); at !== -1; at = cache.indexOf(needle, at + 4)) {
    const times = [authTime - 7200, authTime - 7200, authTime - 3600];
    if (cache.readUInt32BE(at + 8) <= authTime) continue;
    times.forEach((time, index) => cache.writeUInt32BE(time, at + 4 * index));
    found++;
  }
  if (found === 0) throw new Error("no ticket with that time");
  writeFileSync(path, cache, { mode: 0o600 });
}

/** The same for tickets that were given at the time `from`, s since 1970, or in the minute after it. */
export function expireSince(path: string, from: number): void {
  for (let authTime = from - 1; authTime < from + 60; authTime++) {
    if (holds(path, authTime)) {
      expire(path, authTime);
      return;
    }
  }
  throw new Error("no ticket since that time");
}

function holds(path: string, time: number): boolean {
  const needle = Buffer.alloc(4);
  needle.writeUInt32BE(time);
  return readFileSync(path).includes(needle);
}
