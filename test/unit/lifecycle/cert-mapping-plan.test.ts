/** What is made of a mapping as it is: plan, restore, verifier. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { CertMappingInputs, CertMappingOutputs } from "../../../provider/contract/cert-mapping";
import type { CertMapping } from "../../../provider/host/cert-mappings";
import type { ObservedMapping } from "../../../provider/lifecycle/cert-mapping/observe";
import { canonicalKey, planCertMapping, planCertMappingDestroy } from "../../../provider/lifecycle/cert-mapping/plan";
import { RefusedCredentials } from "../../../provider/lifecycle/cert-mapping/writes";
import type { Plan } from "../../../provider/lifecycle/change/plan";
import type { Prior } from "../../../provider/lifecycle/definition";
import { patternMatches } from "../../../provider/lifecycle/safety/caller/certificate";
import type { Caller } from "../../../provider/lifecycle/safety/caller/caller";
import { mappingHazard } from "../../../provider/lifecycle/safety/hazards/mapping";
import { createPasswordVerifier, matchesPassword } from "../../../provider/lifecycle/cert-mapping/password-verifier";
import { callerOf } from "../../support/lockouts/callers";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates";

const KEY = { uri: "*", subject: "deploy@localhost", issuer: "AB".repeat(20) };
const NOW = new Date("2031-01-01T00:00:00Z");
const name = fc.constantFrom("svc", "SVC", "other");
const mapping: fc.Arbitrary<CertMapping> = fc.record({
  uri: fc.constant("*"),
  subject: fc.constant(KEY.subject),
  issuer: fc.constant(KEY.issuer),
  userName: name,
  enabled: fc.boolean(),
});
const wanted = fc.record({ userName: name, enabled: fc.boolean() });
const observed: fc.Arbitrary<ObservedMapping> = fc.option(mapping, { nil: undefined }).map((live) => ({
  now: NOW,
  ...(live === undefined ? {} : { mapping: live }),
}));

const { certPem } = clientCertificate({ upn: KEY.subject }, authority());
const certificate = { name: "", fingerprint: "", chainPem: certPem, keyPem: "", secrets: [] };
/** A connection that logs in through the mapping. */
const OWN = callerOf({ transport: "https", auth: { method: "certificate", channelBinding: true, certificate } });

/** What an apply sees of a host with one mapping, or none: with the own connection among those who use mappings. */
function asSeenBy(logon: Caller | undefined, live: ObservedMapping): ObservedMapping {
  const all = live.mapping === undefined ? [] : [live.mapping];
  return logon === undefined ? live : { ...live, callers: [logon], all };
}

function inputsOf(given: Partial<CertMappingInputs>): CertMappingInputs {
  return { connection: { host: "web01" }, ...KEY, userName: "svc", password: "unused", ...given };
}

function stateOf(given: Partial<CertMappingOutputs>): CertMappingOutputs {
  return { ...inputsOf(given), schemaVersion: 1, passwordVerifier: "", ...given };
}

interface Known {
  readonly prior?: Prior<CertMappingOutputs>["kind"];
  readonly logon?: Caller | undefined;
  /** The password is the last one; default: yes. */
  readonly known?: boolean;
}

/** The plan of an apply, unless the state is unknown. */
function planned(
  given: Partial<CertMappingInputs>,
  live: ObservedMapping,
  { prior: kind = "state", logon, known = true }: Known = {},
): Plan<ObservedMapping> {
  const prior = kind === "state" ? { kind, state: stateOf(given) } : { kind };
  const prepared = { password: "unused", known, verifier: "", refused: new RefusedCredentials() };
  const situation = { observed: asSeenBy(logon, live), host: "web01" };
  return planCertMapping(inputsOf(given), prior, kind === "unknown" ? situation : { ...situation, prepared });
}

suite("the plan of a mapping", () => {
  test("leads to what is wanted, and a second plan writes nothing", () => {
    const about = fc.record({
      prior: fc.constantFrom("none", "state"),
      logon: fc.constantFrom(OWN, undefined),
      known: fc.boolean(),
    });
    fc.assert(
      fc.property(wanted, observed, about, (want, live, known) => {
        const { findings, writes } = planned({ ...want, adopt: true, acceptLockout: true }, live, known);
        assert.ok(findings.every(({ severity }) => severity !== "error"));
        assert.ok(writes.length <= 1);
        const after = writes.reduce((host, write) => write.predictedState(host), live);
        assert.equal(after.mapping?.enabled, want.enabled);
        assert.equal(after.mapping.userName.toLowerCase(), want.userName.toLowerCase());
        if (!known.known || live.mapping === undefined) assert.equal(writes.length, 1);
        const again = planned({ ...want, adopt: true }, after, { ...known, known: true });
        assert.deepEqual(again, { findings: [], writes: [] });
      }),
    );
  });

  test("never writes credentials of a mapping for another account that it did not make, unless it adopts", () => {
    fc.assert(
      fc.property(wanted, mapping, fc.boolean(), (want, live, known) => {
        fc.pre(want.userName.toLowerCase() !== live.userName.toLowerCase());
        const { findings, writes } = planned(want, { now: NOW, mapping: live }, { prior: "none", known });
        assert.deepEqual(writes, []);
        assert.deepEqual(
          findings.map(({ rule }) => rule),
          ["mapping/exists"],
        );
      }),
    );
  });

  test("says nothing about somebody else's mapping in a preview, where whose it is is not known", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    assert.deepEqual(planned({}, { now: NOW, mapping: live }, { prior: "unknown" }), { findings: [], writes: [] });
  });

  test("warns that the service takes no certificates, unless another resource of the program switches them on", () => {
    const config = new Map([["service/auth/Certificate", { value: false, policy: false }]]);
    const rules = (others?: ReadonlyMap<string, boolean>, enabled = true) =>
      planCertMapping(
        inputsOf({ enabled }),
        { kind: "unknown" },
        {
          observed: { now: NOW, config },
          host: "web01",
          ...(others && { pendingConfigChanges: others }),
        },
      ).findings.map(({ rule }) => rule);
    assert.deepEqual(rules(), ["mapping/method-off"]);
    assert.deepEqual(rules(new Map([["service/auth/Certificate", true]])), []);
    assert.deepEqual(rules(new Map([["service/auth/Basic", true]])), ["mapping/method-off"]);
    assert.deepEqual(rules(undefined, false), []);
  });

  test("refuses to disable, re-point or delete the mapping that the connection logs in through", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    const of = (userName: string, enabled: boolean, acceptLockout: boolean) =>
      planned({ userName, enabled, acceptLockout }, { now: NOW, mapping: live }, { logon: OWN })
        .findings.filter(({ rule }) => rule === "lockout/mapping")
        .map(({ severity, property }) => [severity, property]);
    assert.deepEqual(of("svc", false, false), [["error", "enabled"]]);
    assert.deepEqual(of("other", true, false), [["error", "userName"]]);
    assert.deepEqual(of("svc", false, true), [["warning", "enabled"]]);
    assert.deepEqual(of("svc", true, false), []);
    assert.deepEqual(
      destroyed({}, live, OWN).findings.map(({ severity }) => severity),
      ["error"],
    );
  });
});

/** The plan of destroy. */
function destroyed(given: Partial<CertMappingOutputs>, live: CertMapping, logon?: Caller): Plan<ObservedMapping> {
  return planCertMappingDestroy(stateOf(given), {
    observed: asSeenBy(logon, { now: NOW, mapping: live }),
    host: "web01",
  });
}

suite("destroy of a mapping", () => {
  const record = fc.record({ userName: name, enabled: fc.boolean() });

  test("deletes only what the resource made and nobody re-pointed", () => {
    fc.assert(
      fc.property(record, fc.option(record, { nil: undefined }), mapping, (applied, prior, live) => {
        const { findings, writes } = destroyed({ ...applied, ...(prior && { priorMapping: prior }) }, live);
        const same = live.userName.toLowerCase() === applied.userName.toLowerCase();
        const [after] = writes.map((write) => write.predictedState({ now: NOW, mapping: live }).mapping);
        const deletes = same && prior === undefined;
        assert.equal(writes.length === 1 && after === undefined, deletes);
        if (after !== undefined) assert.equal(after.enabled, prior?.enabled);
        if (!deletes) assert.equal(findings.length, 1);
      }),
    );
  });

  test("does not disable an adopted mapping that the connection logs in through", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    const adopted = { priorMapping: { userName: "svc", enabled: false } };
    assert.equal(destroyed(adopted, live, OWN).writes.length, 0);
    assert.equal(destroyed(adopted, live).writes.length, 1);
  });
});

suite("L2: the mapping of the own connection", () => {
  const ca = authority();
  const { certPem: ownPem } = clientCertificate({ upn: "deploy@localhost" }, ca);
  const BY = thumbprint(ca.certPem);
  const mapped = (over: Partial<CertMapping>): CertMapping => ({
    ...KEY,
    subject: "*@localhost",
    issuer: BY,
    userName: "svc",
    enabled: true,
    ...over,
  });
  const caller = (chainPem: string) =>
    callerOf({
      transport: "https",
      auth: { method: "certificate", channelBinding: true, certificate: { ...certificate, chainPem } },
    });
  const hazard = (before: readonly CertMapping[], after: readonly CertMapping[], chainPem = ownPem) =>
    mappingHazard(before, after, [caller(chainPem)])?.message;
  const added = (over: Partial<CertMapping>, chainPem = ownPem) =>
    hazard([mapped({})], [mapped({}), mapped(over)], chainPem);

  test("a longer subject wins over it: another account, or a disabled one, is a hazard", () => {
    const longer = { subject: "deploy@localhost" };
    assert.match(added({ ...longer, userName: "other" }) ?? "", /another account/);
    assert.match(added({ ...longer, enabled: false }) ?? "", /disabled mapping/);
    assert.equal(added(longer), undefined, "the same account, under a longer name");
    assert.equal(added({ subject: "other@localhost", userName: "other" }), undefined);
    assert.equal(added({ subject: "*host", userName: "other" }), undefined, "a shorter one loses");
  });

  test("a longer URI wins among equal subjects, for the resources that it matches", () => {
    const config = "http://schemas.microsoft.com/wbem/wsman/1/config*";
    assert.match(added({ uri: config, userName: "other" }) ?? "", /another account/);
    assert.equal(added({ uri: "http://example.com/*", userName: "other" }), undefined, "nothing that is asked for");
  });

  test("a tie lets nobody in, and an issuer of another name does not matter", () => {
    const equals = [mapped({ subject: "*loy@localhost" }), mapped({ subject: "deploy@localh*" })];
    assert.match(hazard([mapped({})], [mapped({}), ...equals]) ?? "", /twice, equally well/);
    assert.equal(hazard([mapped({})], [mapped({}), ...equals, mapped({ subject: "deploy@localhost" })]), undefined);
    assert.equal(added({ subject: "deploy@localhost", issuer: "CD".repeat(20), userName: "other" }), undefined);
  });

  test("an issuer that is not sent along may be any of the table, and one that is sent is itself", () => {
    const foreign = mapped({ issuer: "CD".repeat(20) });
    const longer = { ...foreign, subject: "deploy@localhost", userName: "other" };
    assert.match(hazard([mapped({}), foreign], [mapped({}), foreign, longer]) ?? "", /another account/);
    assert.equal(hazard([mapped({}), foreign], [mapped({}), foreign, longer], ownPem + ca.certPem), undefined);
  });

  test("the end of its mapping is a hazard, unless another leads to the same account", () => {
    assert.match(hazard([mapped({})], []) ?? "", /no account/);
    assert.equal(hazard([mapped({}), mapped({ subject: "*host" })], [mapped({ subject: "*host" })]), undefined);
  });

  test("connections with a password have none", () => {
    const ntlm = callerOf({
      transport: "https",
      auth: { method: "ntlm", channelBinding: true, credential: { username: "deploy@localhost", password: "" } },
    });
    assert.equal(mappingHazard([mapped({})], [], [ntlm]), undefined);
  });
});

suite("names of mappings", () => {
  test("match as a service matches them", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (head, tail) => {
        const [one, other] = [head.replaceAll("*", ""), tail.replaceAll("*", "")];
        assert.ok(patternMatches(`*${other}`, one + other));
        assert.ok(patternMatches(`${one}*`, one + other) || one === "");
        assert.equal(patternMatches(one, other), one.toLowerCase() === other.toLowerCase());
      }),
    );
  });

  test("have one id for one key, and different ones for different keys", () => {
    const part = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(part, part, part, part, (subject, other, issuer, uri) => {
        const id = canonicalKey({ uri, subject, issuer });
        assert.equal(
          canonicalKey({ uri, subject: subject.toUpperCase().toLowerCase(), issuer }) === id,
          subject.toUpperCase().toLowerCase() === subject.toLowerCase(),
        );
        assert.equal(
          canonicalKey({ uri, subject: other, issuer }) === id,
          other.toLowerCase() === subject.toLowerCase(),
        );
      }),
    );
  });
});

suite("the verifier of a password", () => {
  test("knows its password and no other, and never looks the same twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (password, other) => {
        const verifier = await createPasswordVerifier(password);
        assert.equal(await matchesPassword(verifier, password), true);
        if (other !== password) assert.equal(await matchesPassword(verifier, other), false);
        assert.notEqual(await createPasswordVerifier(password), verifier);
      }),
      { numRuns: 5 },
    );
  });

  test("is the scrypt of RFC 7914 §12", async () => {
    // N = 16384, r = 8, p = 1; the vector is 64 bytes long, and scrypt's first 16 bytes do not depend on the length.
    const hash = Buffer.from("7023bdcb3afd7348461c06cd81fd38eb", "hex");
    const verifier = [
      "14",
      ...[Buffer.from("SodiumChloride"), hash].map((bytes) => bytes.toString("base64").replace(/=+$/, "")),
    ].join("$");
    assert.equal(await matchesPassword(verifier, "pleaseletmein"), true);
    assert.equal(await matchesPassword(verifier, "pleaseletmeout"), false);
  });

  test("of another shape verifies nothing, and costs nothing", async () => {
    const rest = `${"A".repeat(16)}$${"A".repeat(22)}`;
    for (const text of [undefined, "", "14", `30$${rest}`, `0$${rest}`, "14$AA$AA", `md5$${rest}`]) {
      assert.equal(await matchesPassword(text, ""), false);
    }
  });
});
