/** `findstr`, as far as literal strings go. */

import { failure, lines, type Program, success } from "./command";

/** Lines of what flows in that hold one of the strings; exit code 1 if there are none. */
export const findstr: Program = (args, { input }) => {
  const options = args.filter((arg) => arg.startsWith("/"));
  const plain = args.filter((arg) => !arg.startsWith("/"));
  const given = options.flatMap((option) => (/^\/c:/i.test(option) ? [option.slice(3)] : []));
  const wanted = [...given, ...(given.length === 0 ? (plain[0] ?? "").split(" ").filter((word) => word !== "") : [])];
  // Files, and patterns, are not modelled.
  if (wanted.length === 0 || options.some((option) => !/^\/(?:[li]|c:.*)$/i.test(option))) {
    return failure(2, lines("FINDSTR: Bad command line"));
  }
  const folded = options.some((option) => /^\/i$/i.test(option));
  const fold = (text: string) => (folded ? text.toLowerCase() : text);
  const found = (input ?? "").split("\r\n").filter((line) => wanted.some((text) => fold(line).includes(fold(text))));
  return found.length === 0 ? failure(1, "") : success(lines(...found));
};
