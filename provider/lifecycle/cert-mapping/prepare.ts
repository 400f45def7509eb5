import { readFileSync } from "node:fs";
import { resolveSecret } from "../../connect/secret";
import type { CertMappingInputs, CertMappingOutputs } from "../../contract/cert-mapping";
import type { Settings } from "../../contract/settings";
import { WinrmError } from "../../errors";
import { unprintable } from "../../unprintable";
import type { LifecycleContext } from "../change/context";
import type { Prior } from "../definition";
import { checkPassword } from "./arguments";
import { createPasswordVerifier, matchesPassword } from "./password-verifier";
import { type RefusedCredentials, refusedCredentials } from "./writes";

/** What a write of a mapping needs beside its arguments. */
export interface PreparedMapping {
  readonly password: string;
  /** The host got this password with the last apply. */
  readonly known: boolean;
  /** Recognises the password. */
  readonly verifier: string;
  /** Credentials that hosts refused in this run. */
  readonly refused: RefusedCredentials;
}

/** @throws WinrmError `WINRM_E_SECRET_REFERENCE`, `WINRM_E_ARGUMENT`; nothing has been sent then. */
export function passwordOf({ password }: CertMappingInputs, settings: Settings): string {
  const text = resolveSecret(
    { value: password, origin: "password" },
    { settings, readFile: (path) => readFileSync(path) },
  );
  const [problem] = checkPassword(text);
  if (problem !== undefined) throw new WinrmError("WINRM_E_ARGUMENT", `password: ${problem.reason}`);
  return text;
}

/** Resolves the password. */
export async function prepareMapping(
  inputs: CertMappingInputs,
  prior: Prior<CertMappingOutputs>,
  { settings, pool }: LifecycleContext,
): Promise<PreparedMapping> {
  const password = passwordOf(inputs, settings);
  const last = prior.kind === "state" ? prior.state.passwordVerifier : "";
  const known = await matchesPassword(last, password);
  const verifier = known ? last : await createPasswordVerifier(password);
  return unprintable({ password, known, verifier, refused: refusedCredentials(pool) }, "password");
}
