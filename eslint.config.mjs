import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

/** One import rule per folder: data flows one way (program, resources, runtime, lifecycle, host, session, wire). */
const PROVIDER_ROOMS = ["resources", "lifecycle", "boundary", "preflight", "host", "session", "wsman", "auth", "cli"];
const OWNED_PACKAGES = {
  "@pulumi/pulumi": ["resources", "boundary"],
  undici: ["session"],
  saxes: ["wsman"],
  kerberos: ["auth"],
  koffi: ["auth"],
  "node-forge": ["session", "lifecycle"],
  commander: ["cli"],
};
const MAY_IMPORT = {
  resources: ["preflight"],
  boundary: ["lifecycle", "host", "session"],
  preflight: ["lifecycle", "host", "session"],
  lifecycle: ["host", "session"],
  host: ["session", "wsman"],
  session: ["auth", "wsman"],
  wsman: [],
  auth: [],
  cli: ["lifecycle", "host", "session"],
};

/** Single modules of a forbidden room that may be imported: they load nothing that is heavy. */
const MAY_IMPORT_FILES = { resources: ["lifecycle/provider-settings", "lifecycle/settings"] };

const roomRules = PROVIDER_ROOMS.map((room) => {
  const forbiddenRooms = PROVIDER_ROOMS.filter((other) => other !== room && !MAY_IMPORT[room].includes(other));
  const forbiddenPackages = Object.entries(OWNED_PACKAGES)
    .filter(([, owners]) => !owners.includes(room))
    .map(([name]) => name);
  return {
    files: [`provider/${room}/**/*.ts`],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                ...forbiddenRooms.map((other) => `**/${other}/**`),
                ...(MAY_IMPORT_FILES[room] ?? []).map((file) => `!**/${file}`),
              ],
              allowTypeImports: room === "resources",
              message: `provider/${room} may import only: ${MAY_IMPORT[room].join(", ") || "nothing but errors"}.`,
            },
            ...(room === "cli"
              ? []
              : [{ group: ["**/simulator/**"], message: "The provider never imports the simulated host." }]),
          ],
          paths: forbiddenPackages.map((name) => ({ name, message: `${name} belongs to another folder.` })),
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ["dist/**", "**/node_modules/**", "examples/**/bin/**", "test/**/golden/**"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" },
          ],
        },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", { max: 4 }],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ["provider/**/*.ts", "simulator/**/*.ts", "scripts/**/*.ts"],
    plugins: { jsdoc },
    rules: {
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          require: { FunctionDeclaration: true, ClassDeclaration: true, ArrowFunctionExpression: true },
          contexts: [
            "TSInterfaceDeclaration",
            "TSTypeAliasDeclaration",
            "ExportNamedDeclaration > VariableDeclaration",
          ],
        },
      ],
    },
  },
  { ...tseslint.configs.disableTypeChecked, files: ["**/*.mjs"] },
  { files: ["**/*.mjs"], rules: { "no-restricted-exports": "off" } },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  ...roomRules,
);
