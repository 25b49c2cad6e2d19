import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DocExample, exampleModule, examplesOf, homesFor } from "../doc-examples.ts";
import { withOutcomesTested } from "../example-outcomes.ts";

const root = join(import.meta.dirname, "..", "..");

function example(code: string): DocExample {
  return { source: "packages/protocol/README.md:7", code, neighbours: [] };
}

/** Runs what the examples claim inside of their package, and says which do not hold. */
async function unkept(name: string, examples: readonly DocExample[]): Promise<string[]> {
  mkdirSync(join(root, "packages", name, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "packages", name, ".cache", "outcomes-"));
  const found: string[] = [];
  try {
    for (const [index, one] of examples.entries()) {
      const file = join(folder, `${index}.tsx`);
      writeFileSync(file, exampleModule(one, homesFor(name)));
      try {
        const module: { example(): Promise<void> } = await import(file);
        await module.example();
      } catch (error) {
        found.push(`${one.source}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

test.each(["protocol", "client", "react", "testing", "control-plane"])(
  "what the examples of %s say comes back does",
  async (name) => {
    const examples = examplesOf(name).flatMap((one) => withOutcomesTested(one) ?? []);
    expect(examples.length).toBeGreaterThan(0);
    expect(await unkept(name, examples)).toEqual([]);
  },
);

test.each([
  ['canonicalSessionKey("Trip"); // "agent:main:rome"', "to deeply equal"],
  ['canonicalSessionKey("Trip");\n// "agent:main:rome"', "to deeply equal"],
  ['const key = canonicalSessionKey("Trip"); // "trip"', "to deeply equal"],
  ['if (isSameSession("a", "b")) canonicalSessionKey("a"); // "agent:main:a"', "isSameSession"],
])("a claim that does not hold is reported with its place: %s", async (code, why) => {
  const claim = withOutcomesTested(example(code));
  const found = await unkept("protocol", claim === null ? [] : [claim]);
  expect(found).toEqual([
    expect.stringMatching(new RegExp(`^packages/protocol/README\\.md:7: .*(?:${why})`)),
  ]);
});

test("an example that claims no value is left alone", () => {
  expect(withOutcomesTested(example("parseTick(payload); // the gateway's clock\n"))).toBeNull();
  expect(withOutcomesTested(example("parseTick(payload);\n"))).toBeNull();
  expect(withOutcomesTested(example('words(3, 5); // [{ do: "text", text: "w1" }, ...]\n'))).toBeNull();
});
