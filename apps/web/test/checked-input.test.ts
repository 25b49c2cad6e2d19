import * as v from "valibot";
import { expect, test } from "vitest";
import { endpoints } from "../src/api/endpoints.ts";
import { checkInput } from "../src/checked-input.ts";

const { body: modelKey } = endpoints.putModelKey;
const { body: launch } = endpoints.launch;
const session = v.strictObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  checked: v.optional(v.boolean()),
  parts: v.optional(v.array(v.object({ name: v.string() }))),
});
const KEY = "sk-the-persons-own-key";

test.each<[string, v.GenericSchema, unknown, string[]]>([
  ["not JSON", modelKey, undefined, ["The body must be an object"]],
  ["a list", launch, [], ["instanceId is missing"]],
  ["empty", modelKey, {}, ["provider is missing", "apiKey is missing"]],
  [
    "misspelt",
    modelKey,
    { provider: "openai", apikey: KEY },
    ["apiKey is missing", "apikey is not known here"],
  ],
  [
    "for another provider",
    modelKey,
    { provider: KEY, apiKey: KEY },
    ["provider must be openai or anthropic"],
  ],
  [
    "of other kinds",
    modelKey,
    { provider: "openai", apiKey: 7, modelId: 1234 },
    ["apiKey must be a string", "modelId must be a string"],
  ],
  [
    "too long a name",
    modelKey,
    { provider: "openai", apiKey: KEY, modelId: "m".repeat(129) },
    ["modelId must not be longer than 128"],
  ],
  ["a number of an instance", launch, { instanceId: 7 }, ["instanceId must be a string"]],
  [
    "a state that no gateway has",
    v.optional(v.picklist(["ready", "failed"])),
    "asleep",
    ["The body must be one of ready, failed"],
  ],
  ["empty where something must be", session, { id: "" }, ["id must not be empty"]],
  ["no yes or no", session, { id: "x", checked: "true" }, ["checked must be a boolean"]],
  ["no list", session, { id: "x", parts: {} }, ["parts must be an array"]],
  ["wrong far inside", session, { id: "x", parts: [{ name: 1 }] }, ["parts.0.name must be a string"]],
])("an input that is %s is answered with where and what is allowed", (_, schema, input, wrong) => {
  expect(checkInput(schema, input, "The body")).toEqual({ ok: false, wrong });
});

test("an input as it should be is given back as the schema makes it", () => {
  expect(checkInput(launch, { instanceId: "abc" }, "The body")).toEqual({
    ok: true,
    value: { instanceId: "abc", path: "/" },
  });
});
