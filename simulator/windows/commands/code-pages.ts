/** Output of programs in the code page of the shell. */

/** Code pages that a shell can ask for. Assumed (shell-others): Windows takes every one that is installed. */
const CODE_PAGES: ReadonlySet<number> = new Set([437, 850, 1252, 20127, 28591, 65001]);

/** The same places in code pages 437 and 850. */
const OEM: ReadonlyMap<string, number> = new Map([
  ["Ç", 0x80],
  ["ü", 0x81],
  ["é", 0x82],
  ["â", 0x83],
  ["ä", 0x84],
  ["à", 0x85],
  ["ç", 0x87],
  ["ê", 0x88],
  ["è", 0x8a],
  ["Ä", 0x8e],
  ["É", 0x90],
  ["ô", 0x93],
  ["ö", 0x94],
  ["û", 0x96],
  ["Ö", 0x99],
  ["Ü", 0x9a],
  ["ñ", 0xa4],
  ["ß", 0xe1],
]);
const QUESTION_MARK = 0x3f;

/** True for a code page that the host has. */
export function isCodePage(codePage: number): boolean {
  return CODE_PAGES.has(codePage);
}

/** Text in a code page; what it cannot hold becomes a question mark. */
export function encodeOutput(text: string, codePage: number): Buffer {
  if (codePage === 65001) return Buffer.from(text, "utf8");
  const byte = (character: string): number => {
    const point = character.codePointAt(0) ?? QUESTION_MARK;
    if (point < 0x80) return point;
    if (codePage === 437 || codePage === 850) return OEM.get(character) ?? QUESTION_MARK;
    return codePage !== 20127 && point >= 0xa0 && point <= 0xff ? point : QUESTION_MARK;
  };
  return Buffer.from(Array.from(text, byte));
}
