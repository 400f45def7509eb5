/** Searching what Pulumi writes, prints and sends for planted secrets. */
import type { GrpcExchange } from "./harness.js";

/** What a secret looks like when it is carried, with or without the user name that it belongs to. */
export function disguises(secret: string, username: string): string[] {
  const utf16 = Buffer.from(secret, "utf16le");
  return [
    secret,
    Buffer.from(secret).toString("base64"),
    Buffer.from(`${username}:${secret}`).toString("base64"),
    Buffer.from(secret).toString("hex"),
    utf16.toString("base64"),
    utf16.toString("hex"),
    utf16.toString("latin1"),
  ];
}

/** Where one of these texts stands in an exchange: `Check request news.connection.auth.password`. */
export function placesOf({ method, request, response }: GrpcExchange, texts: readonly string[]): string[] {
  const name = method.split("/").at(-1) ?? method;
  return [
    ...pathsOf(request, texts).map((path) => `${name} request ${path}`),
    ...pathsOf(response, texts).map((path) => `${name} response ${path}`),
  ];
}

function pathsOf(value: unknown, texts: readonly string[], path = ""): string[] {
  if (typeof value === "string") return texts.some((text) => value.includes(text)) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => pathsOf(part, texts, path === "" ? key : `${path}.${key}`));
}
