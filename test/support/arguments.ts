/** Arguments with something in them that is not as it should be, and what their checks say of it. */
import { checkConnection } from "../../provider/contract/connection/connection-settings";
import { LIFECYCLES } from "../../provider/lifecycle/registry";

/** A connection. */
export const HOST = { host: "web01" };
/** Arguments of a `CertMapping`. */
const MAPPING = {
  connection: HOST,
  subject: "deploy@localhost",
  issuer: "0123456789ABCDEF0123456789ABCDEF01234567",
  userName: "svc",
  password: { env: "PW" },
};

/** Of `connection`. */
export const ofConnection = (connection: object) => checkConnection({ ...HOST, ...connection }, "connection");
/** Of `connection.auth.username`. */
export const ofUser = (username: unknown) => ofConnection({ auth: { username } });
/** Of a `CertMapping`. */
export const ofMapping = (args: object) => LIFECYCLES.CertMapping.check({ ...MAPPING, ...args });
/** Of `TrustedHosts`. */
export const ofEntries = (...entries: unknown[]) => LIFECYCLES.TrustedHosts.check({ connection: HOST, entries });
/** Of a `GroupMembership`. */
export const ofMembers = (...members: unknown[]) => LIFECYCLES.GroupMembership.check({ connection: HOST, members });

/** What a check finds. */
export type Problems = ReturnType<typeof ofEntries>;
