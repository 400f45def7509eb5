/**
 * Where the service keeps settings between its starts: values of `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN`.
 * Names as the `winrm-config` cookbook has them; assumed (store-names, store-channel-binding): the rest, the type of `cbt_hardening_level` included. A value that is absent stands
 * for the built-in default. Settings that are not listed are kept where this model has no keys for them.
 */

import type { Registry } from "../registry";

/** Root of the store. */
export const WSMAN_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN";

const AUTH = ["Basic", "Kerberos", "Negotiate", "Certificate", "CredSSP"] as const;

interface Place {
  readonly key: string;
  readonly name: string;
  readonly flag: boolean;
}

const PLACES: ReadonlyMap<string, Place> = new Map([...placesOf("Service"), ...placesOf("Client")]);

function placesOf(side: "Service" | "Client"): [string, Place][] {
  const key = `${WSMAN_KEY}\\${side}`;
  const path = side.toLowerCase();
  const flag = (leaf: string, name: string): [string, Place] => [`${path}/${leaf}`, { key, name, flag: true }];
  const word = (leaf: string, name: string): [string, Place] => [`${path}/${leaf}`, { key, name, flag: false }];
  return [
    ...AUTH.map((name) => flag(`auth/${name}`, `auth_${name.toLowerCase()}`)),
    flag("AllowUnencrypted", "allow_unencrypted"),
    ...(side === "Service"
      ? [word("auth/CbtHardeningLevel", "cbt_hardening_level")]
      : [flag("auth/Digest", "auth_digest"), word("TrustedHosts", "trusted_hosts")]),
  ];
}

/** Whether a Put of the default leaves an entry. */
export type DefaultEntries = "absent" | "explicit";

/** The store of one host. */
export class StoredSettings {
  /** @param defaults what a Put of a default value leaves behind; assumed (store-defaults): `explicit`. */
  constructor(
    private readonly registry: Registry,
    private readonly defaults: DefaultEntries = "explicit",
  ) {}

  /** The paths of settings that are kept here. */
  get paths(): readonly string[] {
    return [...PLACES.keys()];
  }

  /** Keeps a value of the wire. */
  write(path: string, value: string, builtIn: string): void {
    const place = PLACES.get(path);
    if (place === undefined) return;
    if (this.defaults === "absent" && value === builtIn) this.registry.delete(place.key, place.name);
    else this.registry.set(place.key, place.name, place.flag ? Number(value === "true") : value);
  }

  /** The value as on the wire; absent if there is none, or none of its type. */
  read(path: string): string | undefined {
    const place = PLACES.get(path);
    const value = place === undefined ? undefined : this.registry.get(place.key, place.name);
    if (value?.type === "DWORD" && place?.flag === true) return String(value.data !== 0);
    return value?.type === "SZ" && place?.flag === false ? value.data : undefined;
  }
}
