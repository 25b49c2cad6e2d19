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
import screens from "../../deploy/cloudflare/worker.js";

const deploy = join(import.meta.dirname, "../../deploy");

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string | null>>;
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

function read(name: string): Composition {
  const text = readFileSync(join(deploy, name), "utf8").replaceAll(
    /\$\{([A-Z_]+)(?::[?-]([^}]*))?\}/g,
    (_, variable: string, fallback: string | undefined) => SET[variable] ?? fallback ?? "",
  );
  return parse(text, { merge: true }) as Composition;
}

const appsIn = (name: string) =>
  Object.entries(read(name).services).filter(([, { image }]) => image.startsWith("automna/app"));

const FROM_FILES = SECRET_VARIABLES.map((name) => `${name}_FILE`);

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
      // A variable that nobody set is empty.
      const filled = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value ?? ""]));
      const readMounted = (path: string) => {
        expect(path.startsWith("/run/secrets/")).toBe(true);
        expect(secrets).toContain(basename(path));
        return secret(basename(path));
      };
      const config = readConfig({ ...withSecretFiles(filled, readMounted), NODE_ENV: "production" }, "/app");
      expect(config.driver).toBe(DRIVERS[name]);
      expect(config.databaseUrl).toMatch(/^postgresql:\/\/automna:[0-9a-f]{64}@127\.0\.0\.1:5432\/automna$/);
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
