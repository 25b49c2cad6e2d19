import * as v from "valibot";

/** Something from outside that is as its schema says, or what is wrong with it: where, and what is allowed there. */
export type CheckedInput<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly wrong: readonly string[] };

/**
 * Checks what came from outside. What is wrong is said in words for a person and without the value, which may be a key.
 *
 * @param whole What the input itself is called.
 */
export function checkInput<const Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  whole: string,
): CheckedInput<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true, message: whatIsAllowed });
  if (parsed.success) return { ok: true, value: parsed.output };
  return {
    ok: false,
    wrong: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? whole} ${issue.message}`),
  };
}

/** Said where a schema has no words of its own: valibot's own show the value. */
function whatIsAllowed({ type, expected }: v.BaseIssue<unknown>): string {
  if (type.endsWith("object") && expected?.startsWith('"')) return "is missing";
  if (expected === "never") return "is not known here";
  switch (type) {
    case "picklist":
      return `must be one of ${expected?.replaceAll(/[(")]/g, "").replaceAll(" | ", ", ")}`;
    case "max_length":
      return `must not be longer than ${expected?.slice("<=".length)}`;
    case "non_empty":
      return "must not be empty";
  }
  const kind = expected?.toLowerCase() ?? "something else";
  return `must be ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
