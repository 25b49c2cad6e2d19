import { expect, test } from "vitest";

import { readInvocation } from "../src/config.ts";
import { identify, parseHealth } from "../src/identity.ts";
import { hostLabel, slugOfPath } from "../src/slug.ts";
import { parseSocketOwners } from "../src/socket-owner.ts";

test.each([
  ["/home/alice/my-project", "my-project"],
  ["/home/alice/My Project (2)", "my-project-2"],
  ["/srv/__init__", "init"],
  ["/srv/Ärger.App", "rger-app"],
  ["/srv/___", "default"],
  ["/", "default"],
])("the slug of %s is %s", (path, slug) => {
  expect(slugOfPath(path)).toBe(slug);
});

test("a host label never exceeds what DNS can carry, and long ones stay apart", () => {
  expect(hostLabel("app", "Alice B")).toBe("app-alice-b");
  const one = hostLabel(`${"x".repeat(70)}1`, "alice");
  const two = hostLabel(`${"x".repeat(70)}2`, "alice");
  expect(one.length).toBeLessThanOrEqual(63);
  expect(one).not.toBe(two);
});

test("no arguments give the documented defaults", () => {
  expect(readInvocation([], {}, "alice")).toEqual({
    kind: "run",
    config: {
      port: 8080,
      hostname: "0.0.0.0",
      username: "alice",
      scanStart: 30_000,
      scanEnd: 31_000,
      scanIntervalMs: 5_000,
      scanConcurrency: 20,
      probeTimeoutMs: 800,
      staleAfterMs: 30_000,
      mdns: true,
      mdnsRedact: false,
      mdnsAll: false,
      token: undefined,
      insecureLan: false,
      publicUrl: undefined,
      command: "opencode",
      serverUsername: "opencode",
      serverPassword: undefined,
      directories: [],
    },
  });
});

test("flags and project folders combine, in both spellings", () => {
  const invocation = readInvocation(
    ["--port", "31000", "-scan-interval=1m30s", "--mdns=false", "--insecure-lan", "/srv/a", "--b"],
    {},
    "alice",
  );
  expect(invocation).toMatchObject({
    kind: "run",
    config: {
      port: 31_000,
      scanIntervalMs: 90_000,
      mdns: false,
      insecureLan: true,
      directories: ["/srv/a", "--b"],
    },
  });
});

test.each([
  [["--port", "0"], "--port must be a port from 1 to 65535"],
  [["--port", "65536"], "--port must be a port from 1 to 65535"],
  [["--port", "8080x"], "--port must be a port"],
  [["--scan-start", "40000"], "--scan-end 31000 is below --scan-start 40000"],
  [["--scan-interval", "900ms"], "--scan-interval must be a duration of at least 1s"],
  [["--probe-timeout", "soon"], 'such as 5s, 800ms or 1m30s, not "soon"'],
  [["--username", " "], "--username must be something"],
  [["--mdns=maybe"], "--mdns must be true or false"],
  [["--public-url", "https://a.example/path"], "--public-url must be an address"],
  [["--scan-concurrency", "0"], "--scan-concurrency must be a whole number"],
  [["--nope"], "--nope is not a flag"],
  [["--port"], "--port needs a value"],
  [["--token", "short"], "shorter than 16 characters"],
])("%j is refused with what to do", (args, message) => {
  const invocation = readInvocation(args, {}, "alice");
  expect(invocation.kind === "invalid" && invocation.problems.join("\n")).toContain(message);
});

test("a user name that cannot be found out has to be given", () => {
  expect(readInvocation([], {}, "")).toMatchObject({
    kind: "invalid",
    problems: ["--username is empty: give it a value."],
  });
});

test("a bad token is not repeated", () => {
  expect(JSON.stringify(readInvocation(["--token", "geheim"], {}, "alice"))).not.toContain("geheim");
});

test.each([
  ['{"healthy":true,"version":"1.18.33"}', { version: "1.18.33" }],
  ['{"healthy":true}', { version: undefined }],
  ['{"healthy":"true"}', undefined],
  ['{"healthy":false,"version":"1"}', undefined],
  ["<!doctype html><title>OpenCode</title>", undefined],
  ['[{"healthy":true}]', undefined],
  ["null", undefined],
])("health %s is read by its shape", (body, health) => {
  expect(parseHealth(body)).toEqual(health);
});

test.each([
  ["the first servers", '{"id":"p1","path":"/srv/app","name":"x"}', undefined, "/srv/app", "app"],
  [
    "a repository",
    '{"id":"p1","worktree":"/srv/app","sandboxes":[]}',
    '{"directory":"/srv/app"}',
    "/srv/app",
    "app",
  ],
  [
    "a folder of a repository",
    '{"id":"p1","worktree":"/srv"}',
    '{"directory":"/srv/web/"}',
    "/srv/web",
    "web",
  ],
  [
    "a folder without version control",
    '{"id":"global","worktree":"/"}',
    '{"directory":"/srv/b"}',
    "/srv/b",
    "b",
  ],
  ["a server that only knows the project", '{"id":"p1","worktree":"/srv/app"}', undefined, "/srv/app", "app"],
  ["an HTML shell for both", "<!doctype html>", "<!doctype html>", "/unknown/port-30000", "port-30000"],
  ["no answer", undefined, undefined, "/unknown/port-30000", "port-30000"],
  ["an id and no folder", '{"id":"p1","path":""}', undefined, "/unknown/p1", "p1"],
  ["a relative path", '{"path":"../../etc"}', undefined, "/unknown/port-30000", "port-30000"],
])("%s is identified", (_what, project, path, expected, name) => {
  expect(identify(30_000, project, path)).toMatchObject({ path: expected, name });
});

test("the owner of a listening socket is read from the kernel's tables", () => {
  const header =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
  const row = (local: string, state: string, uid: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 1 1`;
  const owners = parseSocketOwners([
    [
      header,
      row("00000000:7530", "0A", 7),
      row("0100007F:7530", "0A", 1000),
      row("0100007F:7531", "01", 1000),
    ].join("\n"),
    [header, row("00000000000000000000000000000000:7532", "0A", 1001), row("0A00000A:7533", "0A", 5)].join(
      "\n",
    ),
  ]);
  expect([...owners]).toEqual([
    [30_000, 1_000],
    [30_002, 1_001],
  ]);
});
