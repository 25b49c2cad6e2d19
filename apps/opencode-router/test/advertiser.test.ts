import multicastDns from "multicast-dns";
import { expect, onTestFinished, test, vi } from "vitest";

import { createAdvertiser, planAdvertisements } from "../src/advertiser.ts";
import type { Backend } from "../src/registry.ts";
import { startBackends, startTestRouter } from "./support/backend.ts";

function backend(overrides: Partial<Backend> = {}): Backend {
  return {
    slug: "app",
    name: "App",
    path: "/home/alice/App",
    port: 30_000,
    version: "1.2.9",
    ownerUid: 1_000,
    lastSeen: 0,
    answering: true,
    ...overrides,
  };
}

const policy = { username: "Alice", ownUid: 1_000, redact: false, all: false };

test("what is advertised has the documented keys, and a version only when it is known", () => {
  expect(planAdvertisements([backend()], policy)).toEqual([
    {
      name: "app-alice",
      txt: {
        project: "App",
        path: "/home/alice/App",
        backend: "127.0.0.1:30000",
        owner: "Alice",
        version: "1.2.9",
      },
    },
  ]);
  expect(Object.keys(planAdvertisements([backend({ version: undefined })], policy)[0]?.txt ?? {})).toEqual([
    "project",
    "path",
    "backend",
    "owner",
  ]);
});

test("redacted, the keys stay and say nothing about this machine", () => {
  const [only] = planAdvertisements([backend()], { ...policy, redact: true });
  expect(only?.txt).toMatchObject({ project: "App", path: "", backend: "" });
});

test("only this user's projects are advertised, unless all are asked for", () => {
  const backends = [
    backend(),
    backend({ slug: "b", ownerUid: 1_001 }),
    backend({ slug: "c", ownerUid: undefined }),
  ];
  const names = (all: boolean) => planAdvertisements(backends, { ...policy, all }).map(({ name }) => name);
  expect(names(false)).toEqual(["app-alice"]);
  expect(names(true)).toEqual(["app-alice", "b-alice", "c-alice"]);
});

interface Answer {
  readonly name: string;
  readonly type: string;
  readonly data?: unknown;
}

/** Everything an independent resolver hears about these questions. */
async function ask(
  questions: { name: string; type: "PTR" | "SRV" | "TXT" | "A" }[],
  enough: (heard: Answer[]) => boolean,
) {
  const mdns = multicastDns({ interface: "127.0.0.1", bind: "0.0.0.0" });
  onTestFinished(() => new Promise((resolve) => mdns.destroy(resolve)));
  const heard: Answer[] = [];
  mdns.on("response", (response) => heard.push(...response.answers, ...response.additionals));
  await vi.waitFor(
    () => {
      mdns.query({ questions });
      expect(enough(heard)).toBe(true);
    },
    { interval: 500 },
  );
  return heard;
}

function texts(answer: Answer | undefined): string[] {
  return Array.isArray(answer?.data) ? answer.data.map(String) : [];
}

test("an independent resolver reads service, port, host, address and texts back, and a change of them", async () => {
  // The name is this run's own: other routers on this machine may answer too.
  const username = `t${process.pid}`;
  const advertiser = createAdvertiser({
    port: 8_080,
    interface: "127.0.0.1",
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => advertiser.close());
  const wanted = (overrides: Partial<Backend> = {}) =>
    planAdvertisements([backend(overrides)], { ...policy, username });
  await advertiser.sync(wanted());

  const instance = `app-${username}._opencode._tcp.local`;
  const host = `app-${username}.local`;
  const of = (heard: Answer[], type: string, name: string) =>
    heard.findLast((answer) => answer.type === type && answer.name === name);
  const heard = await ask(
    [
      { name: "_opencode._tcp.local", type: "PTR" },
      { name: instance, type: "SRV" },
      { name: instance, type: "TXT" },
      { name: host, type: "A" },
    ],
    (all) =>
      ["SRV", "TXT"].every((type) => of(all, type, instance)) &&
      of(all, "A", host) !== undefined &&
      all.some(({ type, data }) => type === "PTR" && data === instance),
  );
  expect(of(heard, "SRV", instance)?.data).toMatchObject({ port: 8_080, target: host });
  expect(of(heard, "A", host)?.data).toBe("127.0.0.1");
  expect(texts(of(heard, "TXT", instance)).toSorted()).toEqual([
    "backend=127.0.0.1:30000",
    `owner=${username}`,
    "path=/home/alice/App",
    "project=App",
    "version=1.2.9",
  ]);

  await advertiser.sync(wanted({ port: 30_007 }));
  await ask([{ name: instance, type: "TXT" }], (all) =>
    texts(of(all, "TXT", instance)).includes("backend=127.0.0.1:30007"),
  );
});

test("the router advertises the projects that it routes to, on its own port", async () => {
  const username = `r${process.pid}`;
  const backends = await startBackends(["/home/alice/App"]);
  const { port } = await startTestRouter(
    backends,
    { mdns: true, username, mdnsRedact: true },
    { mdnsInterface: "127.0.0.1" },
  );
  const instance = `app-${username}._opencode._tcp.local`;
  const heard = await ask(
    [
      { name: instance, type: "SRV" },
      { name: instance, type: "TXT" },
    ],
    (all) => ["SRV", "TXT"].every((type) => all.some((one) => one.type === type && one.name === instance)),
  );
  const service = heard.findLast(({ type, name }) => type === "SRV" && name === instance);
  expect(service?.data).toMatchObject({ port, target: `app-${username}.local` });
  const text = heard.findLast(({ type, name }) => type === "TXT" && name === instance);
  expect(texts(text).toSorted()).toEqual([
    "backend=",
    `owner=${username}`,
    "path=",
    "project=App",
    "version=1.2.9",
  ]);
});
