import { expect, test } from "vitest";

import { createRegistry } from "../src/registry.ts";
import type { Sighting } from "../src/registry.ts";
import { resolveByName, resolveByPath } from "../src/resolve.ts";

function seen(port: number, path: string, seenAt = 0): Sighting {
  const known = !path.startsWith("/unknown/");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { port, identity: { path, name, known }, version: "1", ownerUid: 1_000, seenAt };
}

const registryOf = (...sightings: Sighting[]) => {
  const registry = createRegistry({ staleAfterMs: 30_000 });
  registry.apply(sightings, 0);
  return registry;
};
const table = (registry: ReturnType<typeof registryOf>) =>
  registry.list().map(({ slug, path, port }) => `${slug} ${path} ${port}`);

test("two projects of one name keep their slugs over many scans", () => {
  const registry = registryOf(seen(30_000, "/a/app"), seen(30_001, "/b/app"));
  const first = table(registry);
  expect(first).toEqual(["app /a/app 30000", "app-30001 /b/app 30001"]);
  for (let scan = 1; scan < 5; scan += 1) {
    expect(registry.apply([seen(30_000, "/a/app"), seen(30_001, "/b/app")], scan * 5_000)).toEqual([]);
    expect(table(registry)).toEqual(first);
  }
});

test("a project gets its slug back after a stop, on whatever port and whoever came meanwhile", () => {
  const registry = registryOf(seen(30_000, "/a/app"));
  registry.apply([seen(30_005, "/b/app", 60_000)], 60_000);
  registry.apply([seen(30_005, "/b/app", 120_000)], 120_000);
  expect(table(registry)).toEqual(["app-30005 /b/app 30005"]);
  registry.apply([seen(30_005, "/b/app"), seen(30_009, "/a/app")], 125_000);
  expect(table(registry)).toEqual(["app /a/app 30009", "app-30005 /b/app 30005"]);
});

test("a project on a new port moves, and another project on its old port replaces it", () => {
  const registry = registryOf(seen(30_000, "/a/one"));
  expect(registry.apply([seen(30_001, "/a/one")], 5_000)).toMatchObject([{ kind: "updated" }]);
  expect(table(registry)).toEqual(["one /a/one 30001"]);
  const changes = registry.apply([seen(30_001, "/a/two")], 10_000);
  expect(changes.map(({ kind, backend }) => `${kind} ${backend.slug}`)).toEqual(["removed one", "added two"]);
});

test("a folder that is served twice does not flap, and the second takes over when the first is gone", () => {
  const both = [seen(30_000, "/a/app"), seen(30_001, "/a/app")];
  const registry = registryOf(...both);
  expect(table(registry)).toEqual(["app /a/app 30000", "app-30001 /a/app 30001"]);
  expect(registry.apply(both, 5_000)).toEqual([]);
  registry.apply([seen(30_001, "/a/app")], 10_000);
  expect(table(registry)).toEqual(["app /a/app 30001"]);
});

test("folders with the names of this router's own paths work under another slug and are found by name", () => {
  const registry = registryOf(seen(30_000, "/a/api"), seen(30_001, "/a/ws"));
  expect(table(registry)).toEqual(["api-30000 /a/api 30000", "ws-30001 /a/ws 30001"]);
  expect(resolveByName(registry.list(), "API")?.slug).toBe("api-30000");
});

test("a silent backend is kept for the stale time and at least two scans", () => {
  const registry = registryOf(seen(30_000, "/a/app", 0));
  expect(registry.apply([], 45_000)).toMatchObject([{ kind: "updated", backend: { answering: false } }]);
  expect(registry.size).toBe(1);
  expect(registry.apply([], 50_000)).toMatchObject([{ kind: "removed" }]);
  expect(registry.size).toBe(0);
});

test("a backend that fails to say who it is for once stays who it was", () => {
  const registry = registryOf(seen(30_000, "/a/app"));
  expect(registry.apply([seen(30_000, "/unknown/port-30000")], 5_000)).toEqual([]);
  expect(table(registry)).toEqual(["app /a/app 30000"]);
});

test("a backend whose project becomes known gives up its stand-in name", () => {
  const registry = registryOf(seen(30_000, "/unknown/port-30000"));
  expect(table(registry)).toEqual(["port-30000 /unknown/port-30000 30000"]);
  registry.apply([seen(30_000, "/a/app")], 5_000);
  expect(table(registry)).toEqual(["app /a/app 30000"]);
});

test("what the registry hands out is a copy", () => {
  const registry = registryOf(seen(30_000, "/a/app"));
  Object.assign(registry.get("app") ?? {}, { port: 1 });
  Object.assign(registry.list()[0] ?? {}, { port: 1 });
  expect(registry.get("app")?.port).toBe(30_000);
});

test("names of object properties are ordinary slugs", () => {
  const registry = registryOf(seen(30_000, "/a/constructor"));
  expect(registry.get("constructor")?.port).toBe(30_000);
  expect(registry.get("toString")).toBeUndefined();
});

test.each([
  ["/home/alice/Archer", "archer"],
  ["/home/alice/Archer/", "archer"],
  ["alice/Archer", "archer"],
  ["/home/alice/Archer/src/main.ts", "archer"],
  ["/home/alice/Archer/web/index.html", "web"],
  ["/mnt/elsewhere/ARCHER", "archer"],
  ["/home/alice", undefined],
  ["rcher", undefined],
])("the path %s resolves to %s", (path, slug) => {
  const registry = registryOf(seen(30_000, "/home/alice/Archer"), seen(30_001, "/home/alice/Archer/web"));
  expect(resolveByPath(registry.list(), path)?.slug).toBe(slug);
});

test("a name resolves in any case", () => {
  const registry = registryOf(seen(30_000, "/home/alice/My App"));
  expect(resolveByName(registry.list(), "my app")?.slug).toBe("my-app");
  expect(resolveByName(registry.list(), "MY-APP")?.slug).toBe("my-app");
  expect(resolveByName(registry.list(), "app")).toBeUndefined();
});
