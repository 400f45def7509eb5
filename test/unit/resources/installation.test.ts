/** Whether the provider's process finds this package: it starts in the project's folder, whoever loaded the classes. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { notInstalledIn } from "../../../provider/program/resources/installation";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { assertWording } from "../../support/pages/golden";
import { runDirectory } from "../../support/run-directory";

/** A workspace with a project in it. */
function workspace(): { readonly root: string; readonly project: string } {
  const root = mkdtempSync(join(runDirectory(), "workspace-"));
  const project = join(root, "packages", "infra");
  mkdirSync(project, { recursive: true });
  return { root, project };
}

/** Installs this package as `npm link` does. */
function installBelow(directory: string): void {
  const modules = join(directory, "node_modules");
  mkdirSync(modules, { recursive: true });
  symlinkSync(projectRoot, join(modules, "pulumi-winrm"), "junction");
}

for (const where of ["the workspace", "the project", "the folder of main"] as const) {
  test(`a package in ${where} is found`, () => {
    const { root, project } = workspace();
    const main = join(project, "dist");
    mkdirSync(main);
    assert.notEqual(notInstalledIn(main), undefined);
    installBelow({ "the workspace": root, "the project": project, "the folder of main": main }[where]);
    assert.equal(notInstalledIn(main), undefined);
  });
}

test("where only a library of the project has it, the error names the folder and the way out", (t) => {
  const { project } = workspace();
  installBelow(join(project, "node_modules", "components"));
  const error = notInstalledIn(project);
  assert.equal(error?.code, "WINRM_E_NOT_INSTALLED");
  assert.ok(error.message.includes(project));
  assert.equal(error.stack, error.message, "without the SDK's lines");
  assertWording(t, error.message.replace(project, "/srv/infra"));
});
