import type { Check } from "./checks";

/** `confirm`: how long a risky change may stay unproven. */

/** Seconds: the shortest and the longest window, and the one that is taken where nothing is said. */
export const CONFIRM_SECONDS = { min: 60, max: 600, default: 120 } as const;

/** A whole number of seconds, or `false`. */
export const checkConfirm: Check = (value, property) => {
  const { min, max } = CONFIRM_SECONDS;
  const fits = value === false || (Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
  return fits ? [] : [{ property, reason: `must be a whole number of seconds from ${min} to ${max}, or false` }];
};
