import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const recordings = globSync("packages/*/test/fixtures/**/*.{json,jsonl}", { cwd: root });

/** What the recorded gateways were given, and `u7`: an identifier that was made anonymous. */
const OWN_SECRET = /^(?:test-token|test-device-token|fake-key|nope|pw|u\d+|)$/;
const OWN_HOST = /^(?:gateway|gateway-client|webchat|webchat-ui)$/;

const OWN_FOLDER = /^(?:\/dir|<DIR>)\//;
/** Addresses of a gateway's, and members of a frame by their place in it: they only look like folders. */
const NO_FOLDER = /^(?:\/api\/users$|\/client\/|\(multiple\)$)/;

/** The values of a member of this name, however it is indented, also in JSON that is a string of JSON. */
function valuesOf(text: string, names: string): string[] {
  const member = new RegExp(`\\\\*"(?:${names})\\\\*"\\s*:\\s*\\\\*"([^"\\\\]*)`, "g");
  return [...text.matchAll(member)].map(([, value]) => value ?? "");
}

/** Absolute paths of two names and more, wherever in a text they stand. */
function pathsIn(text: string): string[] {
  const path = /(?:(?<=file:\/\/)|(?<![\w.\-/>]))\/\w[\w.-]*\/[\w.-]+/g;
  return [...text.replaceAll(/\\+[nrt]/g, " ").matchAll(path)].map(([found]) => found);
}

test.each(['{"token": "of-somebody"}', String.raw`{"config":"{\n  \"token\" : \"of-somebody\"\n}"}`])(
  "a secret is found in %s",
  (text) => expect(valuesOf(text, "token")).toEqual(["of-somebody"]),
);

test.each(['{"cwd":"/srv/of-somebody/it"}', String.raw`{"text":"at:\n/srv/of-somebody"}`])(
  "a folder is found in %s",
  (text) => expect(pathsIn(text)).toEqual(["/srv/of-somebody"]),
);

test("there are recordings of every package that replays them", () => {
  const packages = new Set(recordings.map((file) => file.split("/")[1]));
  expect(packages).toEqual(new Set(["client", "protocol", "testing"]));
});

test.each(recordings)("%s names no folder or host of a machine and no secret but the test's own", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const folders = [...valuesOf(text, "path|cwd|configPath"), ...pathsIn(text)];
  expect(folders.filter((path) => !OWN_FOLDER.test(path) && !NO_FOLDER.test(path))).toEqual([]);
  expect(text).not.toMatch(/\b[A-Z]:\\/);
  expect(text).not.toMatch(/PRIVATE KEY|\bsk-[\w-]{8}/);
  const secrets = valuesOf(text, "token|deviceToken|password|apiKey");
  expect(secrets.filter((secret) => !OWN_SECRET.test(secret))).toEqual([]);
  expect(valuesOf(text, "host|hostname").filter((host) => !OWN_HOST.test(host))).toEqual([]);
});
