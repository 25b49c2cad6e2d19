import { expect, test } from "vitest";
import { containerNames, containerProfile } from "../src/containers/index.ts";
import type { ContainerPolicy, ContainerProfile } from "../src/containers/index.ts";
import { LABEL, targetFrom } from "../src/containers/labels.ts";
import { createOptions } from "../src/drivers/docker/create-options.ts";
import { portsInOrder } from "../src/drivers/docker/published-ports.ts";
import { type GatewaySettings, type InstanceSpec, ROUTER_HOST } from "../src/index.ts";
import { settingsWith, specWith, tokenOf } from "./support/instances.ts";

const POLICY: ContainerPolicy = {
  images: { openclaw: "openclaw:1", clawdbot: "clawdbot:1", demo: "demo:1" },
};
const CONTEXT = { routerAddresses: ["10.213.0.1"], attempt: "first" };
const MODEL_KEY = "model-key-of-this-test";
const VOUCHED: GatewaySettings["auth"] = {
  mode: "trusted-proxy",
  identity: "abc",
  userHeader: "x-forwarded-user",
  scopes: ["operator.read", "operator.write"],
  control: "of-the-control-plane",
  allowLoopback: false,
};

const openclaw = (change: Partial<GatewaySettings> = {}, more: Partial<InstanceSpec> = {}) =>
  specWith({
    ...more,
    ownerId: "owner-1",
    product: "openclaw",
    settings: settingsWith({ auth: VOUCHED, basePath: "/i/abc", ...change }),
  });

const profileOf = (spec: InstanceSpec, policy: Partial<ContainerPolicy> = {}): ContainerProfile =>
  containerProfile(spec, { ...POLICY, ...policy }, CONTEXT);

const optionsOf = (profile: ContainerProfile, port: number | null = 19_007) =>
  createOptions(profile, containerNames("0123456789abcdef01234567"), port, 5);

test.each(["openclaw", "clawdbot", "demo"] as const)("%s: every hardening is ordered", (product) => {
  const { HostConfig: host, User } = optionsOf(profileOf(specWith({ product })));
  expect(User).toBe("1000:1000");
  expect(host).toMatchObject({
    Init: true,
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    NetworkMode: "automna-0123456789abcdef01234567",
    RestartPolicy: { Name: "on-failure", MaximumRetryCount: 5 },
    LogConfig: { Type: "json-file", Config: { "max-file": "2" } },
  });
  expect(host?.MemorySwap).toBe(host?.Memory);
  expect(host?.CapAdd).toBeUndefined();
});

const LIMITS: readonly [InstanceSpec["product"], mb: number, cpus: number, pids: number, grace: number][] = [
  ["openclaw", 2048, 2, 512, 330],
  ["clawdbot", 512, 1, 256, 30],
  ["demo", 192, 0.5, 64, 10],
];

test.each(LIMITS)(
  "%s gets %d MB, %d CPUs, %d processes and %d s to stop",
  (product, mb, cpus, pids, grace) => {
    const { HostConfig: host, StopTimeout } = optionsOf(profileOf(specWith({ product })));
    expect(host?.Memory).toBe(mb * 1024 ** 2);
    expect(host?.NanoCpus).toBe(cpus * 1e9);
    expect(host?.PidsLimit).toBe(pids);
    expect(StopTimeout).toBe(grace);
  },
);

test("an instance's own limits go before the operator's, and those before the defaults", () => {
  const policy = { limits: { demo: { pids: 99, cpus: 0.25 } } };
  const { limits } = profileOf({ ...specWith(), limits: { pids: 7 } }, policy);
  expect(limits).toMatchObject({ pids: 7, cpus: 0.25, tmpBytes: 16 * 1024 ** 2 });
});

test("secrets stand in the one secret file and nowhere else", () => {
  const spec = specWith({
    product: "clawdbot",
    settings: settingsWith({ model: { kind: "openai", apiKey: MODEL_KEY } }),
  });
  const profile = profileOf(spec);
  const [secret, ...rest] = profile.files;
  expect(secret).toMatchObject({ path: "/run/automna/gateway.env", secret: true });
  expect(secret?.content).toContain(`CLAWDBOT_GATEWAY_TOKEN='${tokenOf(spec)}'`);
  expect(secret?.content).toContain(`OPENAI_API_KEY='${MODEL_KEY}'`);
  const visible = JSON.stringify([optionsOf(profile), rest]);
  expect(visible).not.toContain(tokenOf(spec));
  expect(visible).not.toContain(MODEL_KEY);
});

test("the key of OpenClaw's model is a secret file of its own, which is there before the configuration that names it", () => {
  const model = {
    kind: "openai-compatible",
    baseUrl: "http://r/v1",
    apiKey: MODEL_KEY,
    modelId: "m",
  } as const;
  const profile = profileOf(openclaw({ model }));
  expect(profile.files.map(({ path, secret }) => [path, secret])).toEqual([
    ["/run/automna/gateway.env", true],
    ["/run/automna/model-key", true],
    ["/run/automna/openclaw.json", false],
  ]);
  const [environment, key, config] = profile.files;
  expect(key?.content).toBe(MODEL_KEY);
  expect(JSON.stringify([environment, config, optionsOf(profile)])).not.toContain(MODEL_KEY);
});

test("OpenClaw believes the router's address only, for its owner only, and cannot change its configuration", () => {
  const profile = profileOf(openclaw());
  expect(profile.env["OPENCLAW_CONFIG_READONLY"]).toBe("1");
  expect(profile.env["OPENCLAW_CONFIG_PATH"]).toBe("/run/automna/openclaw.json");
  const config: unknown = JSON.parse(profile.files.find(({ secret }) => !secret)?.content ?? "");
  expect(config).toMatchObject({
    gateway: {
      bind: "lan",
      port: 18_789,
      trustedProxies: ["10.213.0.1"],
      auth: { mode: "trusted-proxy", trustedProxy: { allowUsers: ["abc", "of-the-control-plane"] } },
      controlUi: { basePath: "/i/abc" },
    },
  });
  expect(Object.keys(profile.env)).not.toContain("OPENCLAW_GATEWAY_TOKEN");
});

test("the labels say whose it is, and how a router reaches it as that owner", () => {
  const { labels } = profileOf(openclaw());
  expect(labels).toMatchObject({
    [LABEL.deployment]: "automna",
    [LABEL.owner]: "owner-1",
    [LABEL.attempt]: "first",
  });
  expect(targetFrom(labels, "127.0.0.1", 19_000)).toEqual({
    host: "127.0.0.1",
    port: 19_000,
    prefix: "keep",
    forwardedHeaders: "write",
    identity: { header: "x-forwarded-user", value: "abc" },
  });
});

test("where the gateway wants its token, the router writes no identity", () => {
  const { labels } = profileOf(specWith({ product: "clawdbot" }));
  expect(targetFrom(labels, "127.0.0.1", 19_000)).not.toHaveProperty("identity");
});

test("it is published on loopback and at one port, which its labels name, or not at all", () => {
  const published = optionsOf(profileOf(specWith()));
  expect(published.HostConfig?.PortBindings).toEqual({
    "18789/tcp": [{ HostIp: "127.0.0.1", HostPort: "19007" }],
  });
  expect(published.Labels).toMatchObject({ "ai.automna.port": "19007" });
  const internal = optionsOf(profileOf(specWith(), { egress: "internal" }), null);
  expect(internal.HostConfig?.PortBindings).toEqual({});
  expect(internal.Labels).not.toHaveProperty(["ai.automna.port"]);
});

test("every port is tried once, and each container begins at a place of its own", () => {
  const range = { firstPort: 19_000, lastPort: 19_099 };
  const orders = Array.from({ length: 50 }, (_, at) => [...portsInOrder(`automna-${at}`, range)]);
  for (const order of orders) {
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => 19_000 + at));
    expect([...portsInOrder(`automna-${orders.indexOf(order)}`, range)]).toEqual(order);
  }
  expect(new Set(orders.map(([first]) => first)).size).toBeGreaterThan(25);
});

test("a subdomain is announced to Traefik as the router's, never as the container's", () => {
  const traefik = { domain: "agents.example.com", service: "router@swarm" };
  const { labels } = profileOf({ ...openclaw(), subdomain: "u-abc" }, { traefik });
  const rule = "traefik.http.routers.automna-0123456789abcdef01234567";
  expect(labels).toMatchObject({
    "traefik.enable": "true",
    [`${rule}.rule`]: "Host(`u-abc.agents.example.com`)",
    [`${rule}.entrypoints`]: "wss",
    [`${rule}.tls.certresolver`]: "letsencrypt",
    [`${rule}.service`]: "router@swarm",
  });
  expect(Object.keys(labels).filter((name) => name.startsWith("traefik.http.services"))).toEqual([]);
});

test("no image for the product, an id that is none, a secret that no file holds: each is refused", () => {
  expect(() => profileOf(specWith(), { images: {} })).toThrow(
    expect.objectContaining({ code: "gateway-missing" }),
  );
  expect(() => profileOf(specWith({ id: "../../etc" }))).toThrow(
    expect.objectContaining({ code: "invalid-instance" }),
  );
  const settings = settingsWith({ model: { kind: "openai", apiKey: "line\nbreak" } });
  expect(() => profileOf(specWith({ product: "clawdbot", settings }))).toThrow(
    expect.objectContaining({ code: "unwritable-value" }),
  );
});

test("the health check is no second Node", () => {
  for (const product of ["openclaw", "clawdbot", "demo"] as const) {
    const [program] = profileOf(specWith({ product })).health.command;
    expect(program).toBe("bash");
  }
});

test("this machine, as the container sees it, is where the model is asked and where no proxy is", () => {
  const model = {
    kind: "openai-compatible",
    baseUrl: `http://${ROUTER_HOST}:3003/v1`,
    apiKey: MODEL_KEY,
    modelId: "m",
  } as const;
  const environment = { HTTP_PROXY: "http://proxy.example:3128", NO_PROXY: `intranet,${ROUTER_HOST}` };
  const profile = profileOf(openclaw({ model }), { environment });
  expect(profile.env).toMatchObject({ HTTP_PROXY: environment.HTTP_PROXY, NO_PROXY: "intranet,10.213.0.1" });
  const [file] = profile.files.filter(({ secret }) => !secret);
  expect(file?.content).toContain("http://10.213.0.1:3003/v1");
  expect(JSON.stringify(profile)).not.toContain(ROUTER_HOST);
});
