import { expect, test } from "vitest";
import type { ContainerPolicy } from "../src/containers/index.ts";
import { DEFAULT_LIMITS, policyDigest } from "../src/index.ts";

const POLICY: ContainerPolicy = { images: { openclaw: "openclaw:1", demo: "demo:1" } };
const DISK = { kind: "quota", bytes: 1_000 };
const digest = policyDigest("openclaw", POLICY, DISK);

test.each<[string, Partial<ContainerPolicy>, object]>([
  ["another egress", { egress: "internal" }, DISK],
  ["other limits", { limits: { openclaw: { pids: 7 } } }, DISK],
  ["another image", { images: { openclaw: "openclaw:2" } }, DISK],
  ["another environment", { environment: { HTTPS_PROXY: "http://proxy" } }, DISK],
  ["another reverse proxy", { traefik: { domain: "example.com", service: "router@swarm" } }, DISK],
  ["another disk", {}, { kind: "quota", bytes: 2_000 }],
])("%s is another policy", (_, change, disk) => {
  expect(policyDigest("openclaw", { ...POLICY, ...change }, disk)).not.toBe(digest);
});

test.each<[string, Partial<ContainerPolicy>]>([
  ["what goes without saying", { egress: "open", traefik: null, environment: {}, deployment: "automna" }],
  ["the usual limits", { limits: { openclaw: DEFAULT_LIMITS.openclaw } }],
  [
    "another product's limits and image",
    { limits: { demo: { pids: 7 } }, images: { ...POLICY.images, demo: "demo:2" } },
  ],
])("%s, written out, is the same policy", (_, change) => {
  expect(policyDigest("openclaw", { ...POLICY, ...change }, { bytes: 1_000, kind: "quota" })).toBe(digest);
});
