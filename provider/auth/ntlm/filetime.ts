/** Windows time: 100-nanosecond units since 1601-01-01 UTC. [MS-DTYP] 2.3.3 */

/** Milliseconds between 1601-01-01 and 1970-01-01. */
const UNIX_EPOCH_MS = 11_644_473_600_000n;

/** The system clock as FILETIME. */
export function filetimeNow(): bigint {
  return (BigInt(Date.now()) + UNIX_EPOCH_MS) * 10_000n;
}
