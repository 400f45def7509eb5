/** The two versions of the demo's program. */

/** Asks for two things that Group Policy forbids. */
export const firstProgram = `const winrm = require("pulumi-winrm");

for (const name of ["WEB01", "WEB02"]) {
  const connection = {
    host: "127.0.0.1",
    port: Number(process.env[name + "_PORT"]),
    transport: "http", // every message is sealed
    // A reference: the password is never in state.
    auth: { username: "ops", password: { env: "OPS_PASSWORD" } },
  };
  new winrm.AuthConfig(name, {
    connection,
    service: {
      basic: false,
      allowUnencrypted: false,
      cbtHardeningLevel: "Strict",
    },
    client: { digest: false },
  });
  new winrm.TrustedHosts(name, {
    connection,
    entries: ["jump-01", "*.lab.example.com"],
  });
  // WinRM without administrator rights, whatever the group's name is there.
  new winrm.GroupMembership(name, {
    connection,
    group: "S-1-5-32-580",
    members: [name + "\\\\deploy"],
  });
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
