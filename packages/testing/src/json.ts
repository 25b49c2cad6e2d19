/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** A JSON object; `undefined` members are left out when it is written. */
export type JsonObject = { [key: string]: Json | undefined };

/** Narrows data that came out of `JSON.parse`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value[key]` if it is a string. */
export function stringAt(value: JsonObject, key: string): string | undefined {
  const member = value[key];
  return typeof member === "string" ? member : undefined;
}

/** `value[key]` if it is a number. */
export function numberAt(value: JsonObject, key: string): number | undefined {
  const member = value[key];
  return typeof member === "number" ? member : undefined;
}

/** `value[key]` if it is an object. */
export function objectAt(value: JsonObject, key: string): JsonObject | undefined {
  const member = value[key];
  return isJsonObject(member) ? member : undefined;
}

/** The strings of `value[key]`, if it is a list. */
export function stringsAt(value: JsonObject, key: string): string[] | undefined {
  const member = value[key];
  return Array.isArray(member)
    ? member.filter((item): item is string => typeof item === "string")
    : undefined;
}

/** A plain object of a script author, as it will be on the wire. */
export function plainJson(value: Record<string, unknown>): JsonObject {
  const written: unknown = JSON.parse(JSON.stringify(value));
  return isJsonObject(written) ? written : {};
}
