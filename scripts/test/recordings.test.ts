import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const recordings = globSync("packages/*/test/fixtures/**/*.{json,jsonl}", { cwd: root });

/** What the recorded gateways were given, and `u7`: an identifier that was made anonymous. */
const OWN_SECRET = /^(?:test-token|test-device-token|fake-key|nope|pw|u\d+|)$/;
const OWN_HOST = /^(?:gateway|gateway-client|webchat|webchat-ui)$/;

/** The values of a member of this name, also in JSON that is a string of JSON. */
function valuesOf(text: string, names: string): string[] {
  return [...text.matchAll(new RegExp(`\\\\*"(?:${names})\\\\*":\\\\*"([^"\\\\]*)`, "g"))].map(
    ([, value]) => value ?? "",
  );
}

test("there are recordings of every package that replays them", () => {
  const packages = new Set(recordings.map((file) => file.split("/")[1]));
  expect(packages).toEqual(new Set(["client", "protocol", "testing"]));
});

test.each(recordings)("%s names no folder or host of a machine and no secret but the test's own", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  expect(text).not.toMatch(/(?:\/home|\/root|\/tmp|\/usr|\/var|\/Users)\/|\b[A-Z]:\\/);
  expect(text).not.toMatch(/PRIVATE KEY|\bsk-[\w-]{8}/);
  const secrets = valuesOf(text, "token|deviceToken|password|apiKey");
  expect(secrets.filter((secret) => !OWN_SECRET.test(secret))).toEqual([]);
  expect(valuesOf(text, "host|hostname").filter((host) => !OWN_HOST.test(host))).toEqual([]);
});
