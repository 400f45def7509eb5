/** An HTTP response, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; several lines of one name are an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}
