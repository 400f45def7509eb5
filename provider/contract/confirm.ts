import { type Check, plain } from "./checks";

/** `confirm`: how long a risky change may stay unproven. */

/** Seconds: the shortest and the longest window, and the one that is taken where nothing is said. */
export const CONFIRM_SECONDS = { min: 60, max: 600, default: 120 } as const;

/** A whole number of seconds, or `false`. */
export const checkConfirm: Check = plain(
  `a whole number of seconds from ${CONFIRM_SECONDS.min} to ${CONFIRM_SECONDS.max}, or false`,
  (value) =>
    value === false ||
    (Number.isInteger(value) && Number(value) >= CONFIRM_SECONDS.min && Number(value) <= CONFIRM_SECONDS.max),
);
