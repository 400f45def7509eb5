/** The two versions of the demo's program. */

/** Asks for two things that Group Policy forbids. */
export const firstProgram = `const { AuthConfig, TrustedHosts } = require("pulumi-winrm");

for (const name of ["WEB01", "WEB02"]) {
  const connection = {
    host: "127.0.0.1",
    port: Number(process.env[name + "_PORT"]),
    transport: "http", // every message is sealed
    auth: { username: "ops", password: { env: "OPS_PASSWORD" } }, // a reference: never in state
  };
  new AuthConfig(name, {
    connection,
    service: { basic: false, allowUnencrypted: false, cbtHardeningLevel: "Strict" },
    client: { digest: false },
  });
  new TrustedHosts(name, { connection, entries: ["jump-01", "*.lab.example.com"] });
}
`;

/** The same, and leaves alone what Group Policy owns. */
export const finalProgram = firstProgram.replace(
  `    client: { digest: false },
`,
  `    client: { digest: false },
    onPolicyConflict: "warn",
`,
);
