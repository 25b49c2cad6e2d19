import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAppImage } from "../../deploy/app-image/build.ts";
import { command } from "../../deploy/gateway-image/docker-command.ts";
import { buildGatewayImage } from "../../deploy/gateway-image/build.ts";
import type { Clerk } from "./clerk.ts";
import type { DockerMachine } from "./docker-machine.ts";
import { buildMachineImages } from "./machine-images.ts";

/** Not where the stand-in for Clerk says that it lives: Clerk's script would leave cookies to it. */
export const DOMAIN = "deployed.test";

/** An operator's copy of deploy/, with secrets and settings, for one machine. */
export interface Deployment {
  readonly folder: string;
  /** The content of every secret that is one, by the name of its file. */
  secrets(): Readonly<Record<string, string>>;
  /** Runs deploy/make-secrets.sh. */
  makeSecrets(...args: string[]): void;
  compose(...args: string[]): Promise<string>;
  /** `docker stack deploy` with the variables of deploy/.env, which that command does not read by itself. */
  deployStack(): Promise<string>;
  /** The status with which the app answers from outside; null while it does not. */
  status(path: string): Promise<number | null>;
  dispose(): void;
}

/** Builds the images, and does what docs/deployment.md says. */
export async function prepareDeployment(machine: DockerMachine, clerk: Clerk): Promise<Deployment> {
  const images = buildMachineImages(machine.engine);
  const app = await buildAppImage({ dockerHost: machine.engine });
  const gateway = await buildGatewayImage("demo", { dockerHost: machine.engine });
  const folder = mkdtempSync(join(tmpdir(), "automna-deployment-"));
  cpSync(join(import.meta.dirname, "..", "..", "deploy"), folder, { recursive: true });
  const makeSecrets = (...args: string[]) => command("sh", [join(folder, "make-secrets.sh"), ...args]);
  makeSecrets();
  const secret = (name: string) => join(folder, "secrets", name);
  const { CLERK_SECRET_KEY = "", CLERK_WEBHOOK_SIGNING_SECRET = "", ...clerkEnv } = clerk.env;
  writeFileSync(secret("clerk-secret-key"), CLERK_SECRET_KEY);
  writeFileSync(secret("clerk-webhook-signing-secret"), CLERK_WEBHOOK_SIGNING_SECRET);
  writeFileSync(secret("anthropic-api-key"), "sk-ant-key-of-a-deployment");
  const { CLERK_PROXY_URL: frontendApi = "" } = clerkEnv;
  writeFileSync(join(folder, "traefik", "dns.env"), `CLERK=${frontendApi}\n`);
  const behindTheEdge = Object.entries(clerkEnv).map(([name, value]) => [
    name,
    value.replace(frontendApi, `https://clerk.${DOMAIN}`),
  ]);
  const settings: Record<string, string> = {
    ...Object.fromEntries(behindTheEdge),
    COMPOSE_PROJECT_NAME: "automna",
    DOMAIN,
    ACME_EMAIL: "operator@deployed.test",
    DNS_PROVIDER: "manual",
    DOCKER_SOCKET: machine.engine.replace("unix://", ""),
    POSTGRES_IMAGE: images.postgres,
    TRAEFIK_IMAGE: images.edge,
    APP_IMAGE: app,
    GATEWAY: "demo",
    GATEWAY_IMAGE: gateway,
    PULL_IMAGES: "never",
    MODEL_RELAY_URL: `http://${machine.address}:3003`,
    // Seconds that docker-compose waits for an answer of the engine's.
    COMPOSE_HTTP_TIMEOUT: "300",
  };
  const env = () => ({ ...settings, DOCKER_HOST: machine.engine });
  return {
    folder,
    secrets: () =>
      Object.fromEntries(
        readdirSync(join(folder, "secrets")).flatMap((name) => {
          const content = readFileSync(secret(name), "utf8").trim();
          return content === "" ? [] : [[name, content]];
        }),
      ),
    makeSecrets,
    compose: (...args) => machine.run("docker-compose", ["-f", join(folder, "compose.yaml"), ...args], env()),
    deployStack: () =>
      machine.run(
        "docker",
        ["stack", "deploy", "--resolve-image", "never", "-c", join(folder, "stack.yaml"), "automna"],
        env(),
      ),
    status: (path) => statusFrom(machine.address, path),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function statusFrom(address: string, path: string): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request(
      // The certificate is one that nobody signed.
      {
        host: address,
        servername: DOMAIN,
        headers: { host: DOMAIN },
        path,
        rejectUnauthorized: false,
        timeout: 3_000,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? null);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("It does not answer.")));
    asked.on("error", () => resolve(null));
    asked.end();
  });
}
