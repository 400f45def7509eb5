/** The picture on the first screen of the README, which `npm run picture` makes of what the demo prints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { read } from "./documents";

const picture = read("docs/preview.svg");
const shown = picture
  .replace(/<style>.*?<\/style>/s, "")
  .replace(/&#160;/g, " ")
  .replace(/<[^>]+>/g, "");

test("README shows the picture among its first 25 lines, with a sentence for those who cannot see it", () => {
  const first = read("README.md").split("\n").slice(0, 25).join("\n");
  assert.match(first, /^!\[[^\]]{40,}\]\(docs\/preview\.svg\)$/m);
});

test("the picture is an SVG of a preview that found conflicts, and of each setting through the story", () => {
  assert.equal(XMLValidator.validate(picture), true);
  assert.ok("svg" in (new XMLParser().parse(picture) as object));
  assert.match(shown, /pulumi preview/);
  assert.equal(shown.match(/\[WINRM_E_POLICY_CONFLICT\]/g)?.length, 2);
  for (const word of ["before", "after destroy", "service/auth/Basic", "client/TrustedHosts", "(none)"])
    assert.ok(shown.includes(word), word);
});

test("the picture loads nothing and runs nothing, and has no secret and no path of the machine that made it", () => {
  assert.doesNotMatch(picture, /<script|<image|<foreignObject|@import|@font-face|url\((?!#)|href=|\son\w+=/i);
  assert.doesNotMatch(shown, /Demo-Password|\/(?:home|root|tmp|work|Users)\/|\u001b/);
});
