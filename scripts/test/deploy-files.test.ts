import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { environment, readConfig } from "../../apps/web/src/config.ts";
import { SECRET_VARIABLES, withSecretFiles } from "../../apps/web/src/secret-files.ts";
import { configuredLimits } from "../../apps/web/src/server/gateway-runtime.ts";
import screens from "../../deploy/cloudflare/worker.js";

const deploy = join(import.meta.dirname, "../../deploy");

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly configs?: readonly { readonly source: string }[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly secrets?: readonly string[];
}

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly configs?: Readonly<Record<string, { readonly file: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const DRIVERS = { "compose.yaml": "docker", "stack.yaml": "swarm" } as const;
const FILES = ["compose.yaml", "stack.yaml"] as const;

/** What an operator would set; the files name everything else themselves. */
const SET: Readonly<Record<string, string>> = {
  DOMAIN: "example.com",
  MODEL_RELAY_URL: "http://10.0.0.6:3003",
  CLERK_PUBLISHABLE_KEY: `pk_live_${Buffer.from("clerk.example.com$").toString("base64")}`,
};

function read(name: string, set: Readonly<Record<string, string>> = {}): Composition {
  const values = { ...SET, ...set };
  const text = readFileSync(join(deploy, name), "utf8").replaceAll(
    /\$\{([A-Z_]+)(?::[?-]([^}]*))?\}/g,
    (_, variable: string, fallback: string | undefined) => values[variable] ?? fallback ?? "",
  );
  return parse(text, { merge: true }) as Composition;
}

const appsIn = (name: string, set?: Readonly<Record<string, string>>) =>
  Object.entries(read(name, set).services).filter(([, { image }]) => image.startsWith("automna/app"));

const FROM_FILES = SECRET_VARIABLES.map((name) => `${name}_FILE`);

/** What neither file passes on to the app, and why. */
const NOT_PASSED: Readonly<Record<string, string>> = {
  NODE_ENV: "the image sets it",
  DATA_DIR: "the image sets it, and the volume is there",
  PATH: "the image sets it",
  INSTANCE_PORT: "gateways' pages are at subdomains",
  INSTANCE_URL: "gateways' pages are at subdomains",
  DRAIN_SPREAD_MS: "stop_grace_period goes with it",
  DRAIN_GRACE_MS: "stop_grace_period goes with it",
  GATEWAY_COMMAND: "gateways are containers",
  DEVICE_PAIRING: "gateways are containers",
  DEPLOYMENT: "routers are labelled with it",
  DOCKER_HOST: "DOCKER_SOCKET is mounted where it is looked for",
  DOCKER_CERT_PATH: "a folder has to be mounted with it",
  MODEL_RELAY_HOST: "it listens for containers on every address",
  REMOTE_SESSIONS: "a file has to be mounted with it",
  NODE_EXTRA_CA_CERTS: "a file has to be mounted with it",
  CHAT_GATEWAY_URL: "its token is a secret that has to be made and mounted with it",
  CHAT_GATEWAY_TOKEN: "its token is a secret that has to be made and mounted with it",
  CHAT_GATEWAY_OWNER: "its token is a secret that has to be made and mounted with it",
  HTTP_PROXY: "the shell of whoever deploys may have one of its own, which agents need not reach",
  HTTPS_PROXY: "the shell of whoever deploys may have one of its own, which agents need not reach",
  NO_PROXY: "the shell of whoever deploys may have one of its own, which agents need not reach",
};

const NOT_IN: Readonly<Record<(typeof FILES)[number], Readonly<Record<string, string>>>> = {
  "compose.yaml": {
    ROLE: "one process does everything",
    OPS_HOST: "it stays on the host's loopback",
    GATEWAY_NODES: "a swarm's",
    GATEWAY_STATE: "a swarm's",
    GATEWAY_SHARED_DIR: "a swarm's",
    GATEWAY_OVERLAYS: "a swarm's",
    ROUTER_ENGINES: "a swarm's",
    TRAEFIK_SERVICE: "this Traefik reads no labels",
    MODEL_RELAY_URL: "agents and relay are on one host",
  },
  "stack.yaml": {},
};

/** Of the work alone: no page shows it, and no router goes by it. */
const OF_THE_WORK = [
  "ANTHROPIC_API_KEY_FILE",
  "GATEWAY_EGRESS",
  "GATEWAY_NETWORKS",
  "GATEWAY_NODES",
  "GATEWAY_OVERLAYS",
  "GATEWAY_SHARED_DIR",
  "GATEWAY_STATE",
  "IDLE_STOP_MINUTES",
  "MODEL",
  "MODEL_RELAY_PORT",
  "MODEL_RELAY_URL",
  "OPENAI_API_KEY_FILE",
  "OPENAI_BASE_URL",
  "PULL_IMAGES",
  "ROUTER_ENGINES",
  "START_TIMEOUT_MS",
  "TRAEFIK_SERVICE",
  "WORK_CONCURRENCY",
];

/** What make-secrets.sh makes, in a copy of the folder, with what only an operator can know filled in. */
function madeSecrets() {
  const folder = mkdtempSync(join(tmpdir(), "automna-deploy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(deploy, folder, { recursive: true, filter: (path) => basename(path) !== "secrets" });
  const make = () => spawnSync("sh", [join(folder, "make-secrets.sh")], { encoding: "utf8" });
  const made = make();
  expect({ status: made.status, printed: made.stdout + made.stderr }).toEqual({ status: 0, printed: "" });
  const secrets = join(folder, "secrets");
  writeFileSync(join(secrets, "clerk-secret-key"), "sk_live_key\n");
  return { make, secrets, read: (name: string) => readFileSync(join(secrets, name), "utf8") };
}

/** As the app reads it that is given these variables, and these files among its secrets. */
function configOf(given: NonNullable<Service["environment"]>, secret: (file: string) => string) {
  // A variable that nobody set is empty, and one that is set is text.
  const filled = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value ?? "")]));
  const readMounted = (path: string) => {
    expect(path.startsWith("/run/secrets/")).toBe(true);
    return secret(basename(path));
  };
  return readConfig({ ...withSecretFiles(filled, readMounted), NODE_ENV: "production" }, "/app");
}

test.each(FILES)(
  "every variable that %s gives the app is one that the app reads, and it starts with them and the secrets",
  (name) => {
    const { read: secret } = madeSecrets();
    const apps = appsIn(name);
    expect(apps.length).toBeGreaterThan(0);
    for (const [service, { environment: given = {}, secrets = [] }] of apps) {
      const unknown = Object.keys(given).filter(
        (variable) => !(variable in environment.entries) && !FROM_FILES.includes(variable),
      );
      expect({ service, unknown }).toEqual({ service, unknown: [] });
      const config = configOf(given, (file) => {
        expect(secrets).toContain(file);
        return secret(file);
      });
      expect(config.driver).toBe(DRIVERS[name]);
      expect(config.databaseUrl).toMatch(/^postgresql:\/\/automna:[0-9a-f]{64}@127\.0\.0\.1:5432\/automna$/);
    }
  },
);

test.each(FILES)("an operator can set by %s whatever the app reads, or it says why not", (name) => {
  const passed = new Set(appsIn(name).flatMap(([, { environment: given = {} }]) => Object.keys(given)));
  const isPassed = (variable: string) => passed.has(variable) || passed.has(`${variable}_FILE`);
  const missing = Object.keys(environment.entries).filter((variable) => !isPassed(variable));
  expect(missing.toSorted()).toEqual(Object.keys({ ...NOT_PASSED, ...NOT_IN[name] }).toSorted());
});

test("what a swarm's worker is told and its pages are not is of the work alone", () => {
  const [web, worker] = ["web", "worker"].map((role) => {
    const [, service] = appsIn("stack.yaml").find(([found]) => found === role) ?? [];
    return Object.keys(service?.environment ?? {});
  });
  expect(worker?.filter((variable) => !web?.includes(variable)).toSorted()).toEqual(OF_THE_WORK);
});

test("a swarm's pages reckon with the limits, the room, the prices and the days that its worker has", () => {
  const set = {
    GATEWAY_MEMORY_MB: "768",
    GATEWAY_CPUS: "0.5",
    GATEWAY_PIDS: "99",
    GATEWAY_DISK_MB: "4096",
    GATEWAY_DISK_BY: "tmpfs",
    MAX_GATEWAYS: "7",
    MAX_WAITING: "3",
    POOL_SIZE: "2",
    KEEP_DATA_DAYS: "1",
    MODEL_DAILY_TOKENS: "1000",
    MODEL_INPUT_PRICE: "2.5",
    MODEL_OUTPUT_PRICE: "10",
  };
  const { read: secret } = madeSecrets();
  for (const [role, { environment: given = {} }] of appsIn("stack.yaml", set)) {
    const config = configOf(given, secret);
    expect({
      role,
      limits: configuredLimits(config, "openclaw"),
      capacity: config.capacity,
      poolSize: config.work.poolSize,
      keepDataMs: config.keepDataMs,
      dailyTokens: config.metering.dailyTokens,
      prices: config.metering.prices,
    }).toEqual({
      role,
      limits: { memory: 768 * 1024 ** 2, cpus: 0.5, pids: 99, disk: 4 * 1024 ** 3 },
      capacity: { maxRunning: 7, maxWaiting: 3 },
      poolSize: 2,
      keepDataMs: 86_400_000,
      dailyTokens: 1000,
      prices: { input: 2.5, output: 10 },
    });
  }
});

test.each(FILES)(
  "a disk limit alone is one that %s can keep: image files are no way where the app is contained",
  (name) => {
    const { read: secret } = madeSecrets();
    for (const [, { environment: given = {} }] of appsIn(name, { GATEWAY_DISK_MB: "4096" })) {
      expect(configOf(given, secret).containers.disk).toEqual({ kind: "quota", bytes: 4 * 1024 ** 3 });
    }
  },
);

test.each(FILES)("no secret stands in %s itself, and each that it names is made", (name) => {
  const { secrets } = madeSecrets();
  const { services, secrets: declared } = read(name);
  for (const { environment: given = {}, secrets: used = [] } of Object.values(services)) {
    for (const variable of SECRET_VARIABLES) expect(given).not.toHaveProperty(variable);
    for (const secret of used) expect(Object.keys(declared)).toContain(secret);
  }
  for (const { file } of Object.values(declared)) expect(readdirSync(secrets)).toContain(basename(file));
});

test("secrets that are there are kept when they are made again, and nobody else enters their folder", () => {
  const { make, secrets, read: secret } = madeSecrets();
  const before = readdirSync(secrets).map((name) => [name, secret(name)]);
  make();
  expect(readdirSync(secrets).map((name) => [name, secret(name)])).toEqual(before);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
});

test.each(FILES)("%s names no volume, network or file that is not there", (name) => {
  const { services, volumes, networks = {}, configs = {} } = read(name);
  for (const service of Object.values(services)) {
    for (const mount of service.volumes ?? []) {
      const source = mount.split(":")[0] ?? "";
      if (source.startsWith("./")) expect(existsSync(join(deploy, source)), mount).toBe(true);
      else if (!source.startsWith("/")) expect(Object.keys(volumes)).toContain(source);
    }
    for (const network of service.networks ?? []) expect(Object.keys(networks)).toContain(network);
    for (const { source } of service.configs ?? []) {
      expect(existsSync(join(deploy, configs[source]?.file ?? "missing"))).toBe(true);
    }
  }
});

test("the stack has every role, and only the one that works may speak to Docker", () => {
  const apps = appsIn("stack.yaml");
  expect(apps.map(([, { environment: given }]) => given?.["ROLE"])).toEqual(["web", "router", "worker"]);
  const trusted = apps.filter(([, { volumes = [] }]) =>
    volumes.some((mount) => mount.includes("docker.sock")),
  );
  expect(trusted.map(([service]) => service)).toEqual(["worker"]);
});

test("the stack's worker has the directory that nodes share under their path, and none where there is none", () => {
  const mounts = (set: Record<string, string>) =>
    appsIn("stack.yaml", set).find(([role]) => role === "worker")?.[1].volumes ?? [];
  expect(mounts({ GATEWAY_SHARED_DIR: "/mnt/agents" })).toContain("/mnt/agents:/mnt/agents");
  const sources = mounts({}).map((mount) => mount.split(":")[0]);
  expect(new Set(sources)).toEqual(new Set(["/var/run/docker.sock", "data"]));
});

test("in the stack nothing stands on a host's network, and router and worker are let into gateways' networks", () => {
  const { networks } = read("stack.yaml");
  expect(Object.keys(networks ?? {})).toEqual(["inside"]);
  const letIn = appsIn("stack.yaml").filter(([, { labels }]) => labels?.["ai.automna.router"] === "automna");
  expect(letIn.map(([service]) => service)).toEqual(["router", "worker"]);
  for (const [, { environment: given }] of letIn) expect(given).not.toHaveProperty("OPS_HOST");
});

test.each(["traefik/one-host.yaml", "traefik/swarm.yaml"])(
  "%s is YAML whose routers name services that exist",
  (name) => {
    const { http } = parse(readFileSync(join(deploy, name), "utf8")) as {
      http: { routers: Record<string, { service: string; entryPoints: string[] }>; services: object };
    };
    for (const { service, entryPoints } of Object.values(http.routers)) {
      expect(Object.keys(http.services)).toContain(service);
      expect(entryPoints).toEqual(["wss"]);
    }
  },
);

test("the worker at the edge sends screens to where they are served and leaves the rest alone", async () => {
  const seen: string[] = [];
  const forward = (request: Request) => {
    seen.push(`${request.url} ${request.headers.get("upgrade") ?? ""}`.trim());
    return Promise.resolve(new Response());
  };
  const ask = (path: string, headers: Record<string, string> = {}) =>
    screens.fetch(
      new Request(`https://site.example${path}`, { headers }),
      { SCREENS_ORIGIN: "https://screens.example" },
      undefined,
      forward,
    );
  await ask("/machines/1/novnc/websock?ticket=t", { upgrade: "websocket" });
  await ask("/chat");
  expect(seen).toEqual([
    "https://screens.example/machines/1/novnc/websock?ticket=t websocket",
    "https://site.example/chat",
  ]);
});
