/**
 * Which imports there may be, types included: data flows one way (program, engine, lifecycle, host, session, wsman), a
 * package has one owner, and there are no cycles.
 */

/** What each room of provider/ may import beside itself and the files that stand in no room (`provider/errors.ts`). */
const ROOMS = {
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
/** The rooms that may import a package. */
const OWNERS = {
  "@pulumi/pulumi": ["program/resources", "program/hooks", "engine"],
  undici: ["session"],
  saxes: ["wsman"],
  "fast-xml-parser": ["wsman"],
  kerberos: ["auth"],
  koffi: ["auth"],
  "node-forge": ["x509"],
  commander: ["cli"],
};

const inRooms = (rooms) => rooms.map((room) => `^provider/${room}/`);

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Move the type or the function that both need to the file that produces it.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...Object.entries(ROOMS).map(([room, allowed]) => ({
      name: `room-${room}`,
      comment: `provider/${room} may import only: ${allowed.join(", ") || "nothing but the files in no room"}.`,
      severity: "error",
      from: { path: inRooms([room]) },
      to: { path: inRooms(Object.keys(ROOMS)), pathNot: inRooms([room, ...allowed]) },
    })),
    ...Object.entries(OWNERS).map(([name, owners]) => ({
      name: `owner-of-${name}`,
      comment: `${name} belongs to ${owners.join(", ")}.`,
      severity: "error",
      from: { path: inRooms(Object.keys(ROOMS)), pathNot: inRooms(owners) },
      to: { path: `(^|node_modules/)${name}(/|$)` },
    })),
    {
      name: "no-simulator",
      comment: "The provider never imports the simulated host; only its command line starts one.",
      severity: "error",
      from: { path: "^provider/", pathNot: "^provider/cli/" },
      to: { path: "^simulator/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
