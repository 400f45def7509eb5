import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

/**
 * One import rule per room: data flows one way (program, engine, lifecycle, host, session, wire). A room may import only
 * what stands behind its name; all may import `errors`. Types count as well.
 */
const PROVIDER_ROOMS = {
  contract: ["session"],
  wsman: [],
  x509: [],
  auth: [],
  session: ["auth", "wsman", "x509"],
  host: ["session", "wsman"],
  connect: ["contract", "x509", "session", "auth"],
  lifecycle: ["contract", "connect", "host", "x509", "session"],
  engine: ["lifecycle", "contract", "session", "host"],
  fleet: ["lifecycle", "connect", "host", "contract"],
  "program/resources": ["contract", "program/preflight", "lifecycle"],
  "program/hooks": ["contract", "connect", "host", "session"],
  "program/preflight": ["contract", "lifecycle", "connect", "host", "fleet", "session"],
  cli: ["contract", "connect", "lifecycle", "host", "session", "x509", "auth", "wsman", "fleet"],
};
const OWNED_PACKAGES = {
  "@pulumi/pulumi": ["program/resources", "program/hooks", "engine"],
  undici: ["session"],
  saxes: ["wsman"],
  "fast-xml-parser": ["wsman"],
  kerberos: ["auth"],
  koffi: ["auth"],
  "node-forge": ["x509"],
  commander: ["cli"],
};

const roomRules = Object.entries(PROVIDER_ROOMS).map(([room, allowed]) => {
  const forbiddenRooms = Object.keys(PROVIDER_ROOMS).filter((other) => other !== room && !allowed.includes(other));
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
              group: forbiddenRooms.map((other) => `**/${other.split("/").pop()}/**`),
              message: `provider/${room} may import only: ${allowed.join(", ") || "nothing but errors"}.`,
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
  { ignores: ["dist/**", "**/node_modules/**", "examples/**/bin/**", "test/**/golden/**", "*.cjs", ".*.cjs"] },
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
  {
    // Pulumi gives the outputs their values; an interface of the same name declares them once, from the state's type.
    files: ["provider/program/resources/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
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
