/** What is made of a mapping as it is: plan, restore, verifier. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { CertMapping } from "../../../provider/host/cert-mappings";
import type { WantedMapping } from "../../../provider/lifecycle/cert-mapping/arguments";
import {
  canonicalKey,
  type MappingChange,
  type MappingSituation,
  type ObservedMapping,
  planMapping,
  planRestore,
  subjectMatches,
} from "../../../provider/lifecycle/cert-mapping/plan";
import { ownsMapping } from "../../../provider/lifecycle/safety/caller/certificate";
import { createPasswordVerifier, matchesPassword } from "../../../provider/lifecycle/cert-mapping/password-verifier";
import { authority, clientCertificate, thumbprint } from "../../support/client-certificates";

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
const wanted: fc.Arbitrary<WantedMapping> = fc.record({ key: fc.constant(KEY), userName: name, enabled: fc.boolean() });
const situation: fc.Arbitrary<MappingSituation> = fc.record({
  host: fc.constant("web01"),
  own: fc.boolean(),
  mine: fc.boolean(),
  newPassword: fc.boolean(),
});
const observed: fc.Arbitrary<ObservedMapping> = fc.option(mapping, { nil: undefined }).map((live) => ({
  now: NOW,
  ...(live === undefined ? {} : { mapping: live }),
}));

/** The mapping after a change, as a host carries it out. */
function carriedOut(want: WantedMapping, live: CertMapping | undefined, change: MappingChange): CertMapping {
  const base = live ?? { ...KEY, userName: "", enabled: true };
  return {
    ...base,
    ...(change.credentials ? { userName: want.userName } : {}),
    ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
  };
}

suite("the plan of a mapping", () => {
  test("leads to what is wanted, and a second plan writes nothing", () => {
    fc.assert(
      fc.property(wanted, observed, situation, (want, live, about) => {
        const { change, findings } = planMapping({ adopt: true, acceptLockout: true }, want, {
          observed: live,
          situation: about,
        });
        assert.ok(findings.every(({ severity }) => severity !== "error"));
        const after = change === undefined ? live.mapping! : carriedOut(want, live.mapping, change);
        assert.equal(after.enabled, want.enabled);
        assert.equal(after.userName.toLowerCase(), want.userName.toLowerCase());
        assert.equal(change?.kind, live.mapping === undefined ? "create" : change === undefined ? undefined : "put");
        if (about.newPassword) assert.equal(change?.credentials, true);
        const again = planMapping({ adopt: true }, want, {
          observed: { now: NOW, mapping: after },
          situation: { ...about, newPassword: false },
        });
        assert.equal(again.change, undefined);
        assert.deepEqual(again.findings, []);
      }),
    );
  });

  test("never writes credentials of a mapping that it did not make, unless it adopts", () => {
    fc.assert(
      fc.property(wanted, mapping, situation, (want, live, about) => {
        const plan = planMapping({}, want, {
          observed: { now: NOW, mapping: live },
          situation: { ...about, mine: false },
        });
        assert.equal(plan.change, undefined);
        assert.deepEqual(
          plan.findings.map(({ rule }) => rule),
          ["mapping/exists"],
        );
      }),
    );
  });

  test("says nothing about somebody else's mapping in a preview, where whose it is is not known", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    const about = { host: "web01", own: false, newPassword: false };
    const plan = planMapping(
      {},
      { key: KEY, userName: "svc", enabled: true },
      { observed: { now: NOW, mapping: live }, situation: about },
    );
    assert.deepEqual(plan, { findings: [] });
  });

  test("warns that the service takes no certificates, unless another resource of the program switches them on", () => {
    const config = new Map([["service/auth/Certificate", { value: "false", policy: false }]]);
    const about = { host: "web01", own: false, newPassword: false };
    const codes = (others?: ReadonlyMap<string, string>, enabled = true) =>
      planMapping(
        {},
        { key: KEY, userName: "svc", enabled },
        {
          observed: { now: NOW, config },
          situation: { ...about, ...(others && { others }) },
        },
      ).findings.map(({ rule }) => rule);
    assert.deepEqual(codes(), ["mapping/method-off"]);
    assert.deepEqual(codes(new Map([["service/auth/Certificate", "true"]])), []);
    assert.deepEqual(codes(new Map([["service/auth/Basic", "true"]])), ["mapping/method-off"]);
    assert.deepEqual(codes(undefined, false), []);
  });

  test("refuses to disable, re-point or delete the mapping that the connection logs in through", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    const about = { host: "web01", own: true, mine: true, newPassword: false };
    const of = (userName: string, enabled: boolean, acceptLockout: boolean) =>
      planMapping(
        { acceptLockout },
        { key: KEY, userName, enabled },
        { observed: { now: NOW, mapping: live }, situation: about },
      )
        .findings.filter(({ rule }) => rule === "lockout/mapping")
        .map(({ severity, property }) => [severity, property]);
    assert.deepEqual(of("svc", false, false), [["error", "enabled"]]);
    assert.deepEqual(of("other", true, false), [["error", "userName"]]);
    assert.deepEqual(of("svc", false, true), [["warning", "enabled"]]);
    assert.deepEqual(of("svc", true, false), []);
    const record = { applied: { userName: "svc", enabled: true } };
    const restored = planRestore(record, live, { host: "web01", own: true });
    assert.ok(restored.kind === "delete");
    assert.deepEqual(
      restored.findings.map(({ severity }) => severity),
      ["error"],
    );
  });
});

suite("destroy of a mapping", () => {
  const record = fc.record({ userName: name, enabled: fc.boolean() });

  test("deletes only what the resource made and nobody re-pointed", () => {
    fc.assert(
      fc.property(record, fc.option(record, { nil: undefined }), mapping, (applied, prior, live) => {
        const plan = planRestore({ applied, ...(prior && { prior }) }, live, { host: "web01", own: false });
        const same = live.userName.toLowerCase() === applied.userName.toLowerCase();
        assert.equal(plan.kind === "delete", same && prior === undefined);
        if (plan.kind === "enable") assert.equal(plan.enabled, prior?.enabled);
        if (plan.kind !== "delete") assert.ok(plan.warning.includes("stays"));
      }),
    );
  });

  test("does not disable an adopted mapping that the connection logs in through", () => {
    const live = { ...KEY, userName: "svc", enabled: true };
    const adopted = { applied: { userName: "svc", enabled: true }, prior: { userName: "svc", enabled: false } };
    assert.equal(planRestore(adopted, live, { host: "web01", own: true }).kind, "leave");
    assert.equal(planRestore(adopted, live, { host: "web01", own: false }).kind, "enable");
  });
});

suite("the mapping of the own connection", () => {
  const ca = authority();
  const { certPem } = clientCertificate({ upn: "deploy@localhost" }, ca);
  const owns = (chainPem: string, key: Partial<typeof KEY>) => {
    const certificate = { name: "", fingerprint: "", chainPem, keyPem: "", secrets: [] };
    return ownsMapping(
      { transport: "https", auth: { method: "certificate", channelBinding: true, certificate } },
      { ...KEY, ...key },
    );
  };

  test("is known by name and issuer; an issuer that is not sent along may be the mapping's", () => {
    assert.equal(owns(certPem, {}), true);
    assert.equal(owns(certPem + ca.certPem, {}), false);
    assert.equal(owns(certPem + ca.certPem, { issuer: thumbprint(ca.certPem).toLowerCase() }), true);
    assert.equal(owns(certPem, { subject: "other@localhost" }), false);
    assert.equal(owns(certPem, { subject: "*@LOCALHOST" }), true);
  });

  test("does not exist with a password", () => {
    const credential = { username: "deploy@localhost", password: "" };
    assert.equal(
      ownsMapping({ transport: "https", auth: { method: "ntlm", channelBinding: true, credential } }, KEY),
      false,
    );
  });
});

suite("names of mappings", () => {
  test("match as a service matches them", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (head, tail) => {
        const [one, other] = [head.replaceAll("*", ""), tail.replaceAll("*", "")];
        assert.ok(subjectMatches(`*${other}`, one + other));
        assert.ok(subjectMatches(`${one}*`, one + other) || one === "");
        assert.equal(subjectMatches(one, other), one.toLowerCase() === other.toLowerCase());
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
