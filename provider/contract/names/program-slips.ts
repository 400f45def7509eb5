/** Texts that nobody writes, and that JavaScript or Pulumi make of a value that was put into a string too early. */

/** What `Output.toString` and `Output.toJSON` of `@pulumi/pulumi` return instead of a value. */
const OUTPUT = /Calling \[to(?:String|JSON)\] on an \[Output/;
const OBJECT = /\[object [A-Z]\w*\]/;

/** A reference to a secret as text, in JSON or nearly. */
const REFERENCE = /^\s*\{\s*["']?(?:env|file)["']?\s*:/i;

/** What is wrong and how to mend it; `undefined` if it is no such text. As a password it would be a failed logon. */
export function slipOfTheProgram(text: string): string | undefined {
  if (OUTPUT.test(text))
    return "is what an output becomes in a string before its value is known; use pulumi.interpolate, or apply";
  if (OBJECT.test(text)) return "is what an object becomes in a string; give its value";
  if (REFERENCE.test(text)) return 'is a reference written as a string; give the object: { env: "NAME" }';
  return text === "undefined" ? "is what a value that is not set becomes in a string; set it" : undefined;
}
