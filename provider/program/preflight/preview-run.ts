/** What the pre-flight needs of the engine; the resources give it, so that this folder knows nothing of Pulumi. */
export interface PreviewRun {
  /** Value of a full configuration key: `winrm:username`. */
  config(key: string): unknown;
  /** Every key of the stack's configuration. */
  configKeys(): readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Project and stack, for the findings file. */
  identity(): { readonly project: string; readonly stack: string };
  /** An error line under a resource, or under the stack. It does not end the preview by itself. */
  error(text: string, resource?: object): void;
  warn(text: string, resource?: object): void;
  note(text: string, resource?: object): void;
  /** Keeps the run from ending until the function it returns is called. */
  keepAlive(): () => void;
  /** Ends the preview as failed, with this one line. */
  fail(text: string): void;
}
