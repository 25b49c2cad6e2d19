import { isJsonObject } from "./json.ts";
import type { ProtocolVersion } from "./options.ts";

/** What the gateways accept in a params object. Objects are closed: an unlisted key is an error. */
export type Shape =
  | { kind: "string"; min: number; max?: number }
  | { kind: "one-of"; values: readonly string[] }
  | { kind: "integer"; min: number; max?: number }
  | { kind: "number" }
  | { kind: "boolean" }
  | { kind: "any" }
  | { kind: "list"; items: Shape }
  | { kind: "or-null"; shape: Shape }
  | { kind: "object"; required: readonly string[]; fields: Readonly<Record<string, Shape>> };

export const text: Shape = { kind: "string", min: 0 };
export const word: Shape = { kind: "string", min: 1 };
export const bool: Shape = { kind: "boolean" };
export const anything: Shape = { kind: "any" };
export const integer = (min: number, max?: number): Shape => ({
  kind: "integer",
  min,
  ...(max === undefined ? {} : { max }),
});
export const oneOf = (...values: string[]): Shape => ({ kind: "one-of", values });
export const listOf = (items: Shape): Shape => ({ kind: "list", items });
export const orNull = (shape: Shape): Shape => ({ kind: "or-null", shape });
export const closed = (fields: Record<string, Shape>, required: readonly string[] = []): Shape => ({
  kind: "object",
  fields,
  required,
});

/**
 * Judges `value` the way the gateways do (all complaints, in the wording each of them uses). Empty means accepted.
 */
export function complaints(shape: Shape, value: unknown, version: ProtocolVersion, path = ""): string[] {
  const at = path === "" ? "" : `at ${path}: `;
  switch (shape.kind) {
    case "any":
      return [];
    case "string":
      return stringComplaints(shape, value, version, at);
    case "one-of":
      if (typeof value === "string" && shape.values.includes(value)) return [];
      // Version 3 validates enums as a union of constants, version 4 as an enum.
      return version === 3
        ? [`${at}must be equal to constant`, `${at}must match a schema in anyOf`]
        : [`${at}must be equal to one of the allowed values`];
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value)) return [`${at}must be integer`];
      if (value < shape.min) return [`${at}must be >= ${shape.min}`];
      return shape.max !== undefined && value > shape.max ? [`${at}must be <= ${shape.max}`] : [];
    case "number":
      return typeof value === "number" ? [] : [`${at}must be number`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at}must be boolean`];
    case "or-null":
      return value === null ? [] : complaints(shape.shape, value, version, path);
    case "list":
      return Array.isArray(value)
        ? value.flatMap((item, i) => complaints(shape.items, item, version, `${path}/${i}`))
        : [`${at}must be array`];
    case "object":
      return objectComplaints(shape, value, version, path);
  }
}

function stringComplaints(
  shape: { min: number; max?: number },
  value: unknown,
  version: ProtocolVersion,
  at: string,
): string[] {
  if (typeof value !== "string") return [`${at}must be string`];
  const not = version === 3 ? "must NOT" : "must not";
  if (value.length < shape.min) return [`${at}${not} have fewer than ${shape.min} characters`];
  return shape.max !== undefined && value.length > shape.max
    ? [`${at}${not} have more than ${shape.max} characters`]
    : [];
}

function objectComplaints(
  shape: { required: readonly string[]; fields: Readonly<Record<string, Shape>> },
  value: unknown,
  version: ProtocolVersion,
  path: string,
): string[] {
  if (!isJsonObject(value)) return [path === "" ? "must be object" : `at ${path}: must be object`];
  const absent = shape.required.filter((key) => value[key] === undefined);
  // Version 4 names only the first one.
  const named = version === 3 ? absent : absent.slice(0, 1);
  const missing = named.map(
    (key) => `${path === "" ? "" : `at ${path}: `}must have required property '${key}'`,
  );
  const extra = Object.keys(value)
    .filter((key) => value[key] !== undefined && !(key in shape.fields))
    .map((key) => `at ${path === "" ? "root" : path}: unexpected property '${key}'`);
  const inner = Object.entries(shape.fields).flatMap(([key, field]) =>
    value[key] === undefined ? [] : complaints(field, value[key], version, `${path}/${key}`),
  );
  return [...missing, ...extra, ...inner];
}
