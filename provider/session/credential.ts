/** An account and its password, in memory only. */
export interface PasswordCredential {
  /** As the user wrote it: `user`, `MACHINE\user`, `DOMAIN\user`, `user@domain`. */
  readonly username: string;
  readonly password: string;
}
