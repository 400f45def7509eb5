/**
 * Loaded into the Node processes of a test's Pulumi commands, before anything else: what the SDK loads at each start and seldom
 * needs is loaded when it is first used. The TypeScript compiler and npm's tree builder serialize functions, and our resources
 * hand the engine a constant text; OpenTelemetry serves `--tracing`, the automation code programs that run Pulumi. Source maps,
 * never asked for, are not applied to the stack that the SDK takes at each of its promises. Each of the two processes of a command spares two
 * thirds of its start. Projects with an installation of their own (test/package) run without it, as a user's does.
 */
import Module from "node:module";

interface Loader {
  /** The parent of code that is given by `node -e` has no file name. */
  _load(
    this: unknown,
    request: string,
    parent: { readonly filename: string | null } | undefined,
    isMain: boolean,
  ): unknown;
}

/** What is loaded late, by the SDK's module that asks for it. */
const LATE: readonly (readonly [string, RegExp])[] = [
  ["/@pulumi/pulumi/typescript-shim.js", /^typescript$/],
  ["/@pulumi/pulumi/runtime/closure/codePaths.js", /^(@npmcli\/arborist|normalize-package-data|fdir)$/],
  ["/@pulumi/pulumi/index.js", /^\.\/automation$/],
  ["/@pulumi/pulumi/runtime/manifest.js", /^js-yaml$/],
  ["/@pulumi/pulumi/cmd/run/index.js", /^source-map-support\/register$/],
  ["/@pulumi/pulumi/cmd/dynamic-provider/index.js", /^source-map-support\/register$/],
  ["/@pulumi/pulumi/cmd/run/tracing.js", /^@opentelemetry\/(?!api$)/],
];

const loader = Module as unknown as Loader;
const load = loader._load.bind(loader);

loader._load = (request, parent, isMain) => {
  const asker = parent?.filename?.replaceAll("\\", "/") ?? "";
  if (!LATE.some(([module, late]) => late.test(request) && asker.endsWith(module)))
    return load(request, parent, isMain);
  let loaded: Record<PropertyKey, unknown> | undefined;
  return new Proxy(
    {},
    {
      get(_target, key) {
        // Asked as soon as it is imported: otherwise its members would be copied.
        if (key === "__esModule") return true;
        loaded ??= load(request, parent, isMain) as Record<PropertyKey, unknown>;
        return loaded[key];
      },
    },
  );
};
