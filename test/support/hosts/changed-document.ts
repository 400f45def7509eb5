/** Documents of hosts, changed as a property test wants them. */
import fc from "fast-check";

/** One change of a document: what is cut out, and what comes in its place. */
export interface DocumentChange {
  readonly kind: "tag" | "text" | "bytes" | "double";
  /** Where, as a share of the document or of its tags. */
  readonly at: number;
  readonly put: string;
}

const PUT = [
  ...["", "0", "-1", "4294967296", "1e9", "1e999", "NaN", "0x5", "true", "S-1-5-", "uuid:x", "=", "AAAA", "s:a:b"],
  ...["\u0000", "\u001b[31m", "é", "<a/>", "]]>", "&#0;", "\\", "9".repeat(400), "a".repeat(5000)],
];

/** Any change. */
export const anyDocumentChange: fc.Arbitrary<DocumentChange> = fc.record({
  kind: fc.constantFrom("tag", "text", "bytes", "double"),
  // An arbitrary double, or a biased number, would nearly always be next to 0 or to 1.
  at: fc.noBias(fc.integer({ min: 0, max: 9999 })).map((share) => share / 10_000),
  put: fc.oneof(fc.constantFrom(...PUT), fc.string({ maxLength: 12 })),
});

/** The document with the change. */
export function changedDocument(document: string, { kind, at, put }: DocumentChange): string {
  if (kind === "bytes") {
    const start = Math.floor(at * document.length);
    return document.slice(0, start) + put + document.slice(start + put.length);
  }
  const pieces = document.split(/(<[^>]*>)/);
  const chosen = pieces.flatMap((piece, index) => (piece.startsWith("<") === (kind !== "text") ? [index] : []));
  const index = chosen[Math.floor(at * chosen.length)] ?? 0;
  if (kind === "double") pieces.splice(index, 0, ...pieces.slice(index, index + 8));
  else pieces[index] = kind === "tag" ? "" : put;
  return pieces.join("");
}
