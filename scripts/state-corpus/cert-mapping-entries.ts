/** States of CertMapping. */
import type { CertMappingOptions, HostOptions } from "../../simulator";
import { CORPUS_CA_PEM, CORPUS_CA_THUMBPRINT, CORPUS_CLIENT_PEM } from "./certificates";
import { BY_VALUE, CORPUS_PASSWORD, type CorpusEntry } from "./entry";

const SUBJECT = "deploy@localhost";
const SVC = { name: "svc-deploy", password: CORPUS_PASSWORD, administrator: false };
const OTHER = { name: "svc-other", password: CORPUS_PASSWORD, administrator: false };
const MAPPED: CertMappingOptions = {
  subject: SUBJECT,
  issuer: CORPUS_CA_THUMBPRINT,
  userName: SVC.name,
  password: CORPUS_PASSWORD,
};
const KEY = `subject: "${SUBJECT}", issuer: "${CORPUS_CA_THUMBPRINT}"`;
const ACCOUNT = `userName: "${SVC.name}"`;
const BY_ENV = 'password: { env: "CORPUS_PASSWORD" }';

/** A host whose service takes client certificates, with these mappings. */
function mapping(...certMappings: CertMappingOptions[]): HostOptions {
  return {
    accounts: [SVC, OTHER],
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CORPUS_CA_PEM] },
    certMappings,
  };
}

/** By name and by certificate, with each source of the password, made, adopted, left, drifted and read. */
export const MAPPING_ENTRIES: readonly CorpusEntry[] = [
  {
    name: "mapped",
    type: "CertMapping",
    before: mapping(),
    after: mapping(MAPPED),
    args: `${KEY}, ${ACCOUNT}, password: ${BY_VALUE}, onDelete: "restore", onPolicyConflict: "fail", acceptLockout: true`,
  },
  {
    name: "mappedbypem",
    type: "CertMapping",
    before: mapping(),
    after: mapping(MAPPED),
    args: `clientCertificatePem: ${JSON.stringify(CORPUS_CLIENT_PEM)},
      issuerCertificatePem: ${JSON.stringify(CORPUS_CA_PEM)}, ${ACCOUNT}, ${BY_ENV}`,
  },
  {
    name: "mappedoff",
    type: "CertMapping",
    before: mapping(),
    after: mapping({ ...MAPPED, subject: "*.example.com", uri: "http://schemas.microsoft.com/wbem/*", enabled: false }),
    args: `subject: "*.example.com", issuerCertificatePem: ${JSON.stringify(CORPUS_CA_PEM)},
      uri: "http://schemas.microsoft.com/wbem/*", ${ACCOUNT}, password: { file: "password.txt" }, enabled: false`,
  },
  {
    // The account and its password cannot be restored.
    name: "mappedadopted",
    type: "CertMapping",
    before: mapping({ ...MAPPED, userName: OTHER.name, enabled: false }),
    after: mapping(MAPPED),
    end: mapping({ ...MAPPED, enabled: false }),
    args: `${KEY}, ${ACCOUNT}, ${BY_ENV}, adopt: true`,
  },
  {
    name: "mappedleft",
    type: "CertMapping",
    before: mapping(),
    after: mapping(MAPPED),
    end: mapping(MAPPED),
    args: `${KEY}, ${ACCOUNT}, ${BY_ENV}, onDelete: "leave"`,
  },
  {
    name: "mappeddrifted",
    type: "CertMapping",
    before: mapping(),
    after: mapping({ ...MAPPED, userName: OTHER.name, enabled: false }),
    end: mapping({ ...MAPPED, userName: OTHER.name, enabled: false }),
    args: `${KEY}, ${ACCOUNT}, ${BY_ENV}`,
    edits: ({ certMappings }) => {
      certMappings.change(MAPPED, { userName: OTHER.name, password: OTHER.password, enabled: false });
    },
    step: "update",
  },
  {
    name: "mappingread",
    type: "CertMapping",
    before: mapping(MAPPED),
    after: mapping(MAPPED),
    args: KEY,
    get: true,
    step: "read",
  },
];
