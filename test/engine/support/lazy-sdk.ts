/**
 * Loaded into the Node processes of a test's Pulumi commands, before anything else: what the SDK loads at each start only to
 * serialize functions, the TypeScript compiler and npm's tree builder, is loaded when it is first used. Our resources hand
 * the engine a constant text, so it never is, and each of the two processes of a command spares two thirds of its start.
 * Projects with an installation of their own (test/package) run without it, as a user's does.
 */
import Module from "node:module";

interface Loader {
  _load(this: unknown, request: string, parent: NodeJS.Module | undefined, isMain: boolean): unknown;
}

/** What is loaded late, by the end of the path of the SDK's module that asks for it. */
const LATE: Readonly<Record<string, string>> = {
  typescript: "/@pulumi/pulumi/typescript-shim.js",
  "@npmcli/arborist": "/@pulumi/pulumi/runtime/closure/codePaths.js",
};

const loader = Module as unknown as Loader;
const load = loader._load.bind(loader);

loader._load = (request, parent, isMain) => {
  const asker = LATE[request];
  if (asker === undefined || parent?.filename.replaceAll("\\", "/").endsWith(asker) !== true)
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
