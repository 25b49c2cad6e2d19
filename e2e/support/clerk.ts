import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";
import { createFrontendApi } from "./clerk/frontend-api.ts";
import { type Person, PASSWORD } from "./clerk/people.ts";
import { userResource } from "./clerk/resources.ts";
import { createTokens } from "./clerk/tokens.ts";
import { createWebhooks, type Webhooks } from "./clerk/webhooks.ts";

export { EMAIL_CODE } from "./clerk/resources.ts";

/**
 * A stand-in for Clerk's service on loopback. The browser runs Clerk's real script and components, from npm; only the
 * API that they talk to is ours.
 */
export interface Clerk {
  /** What the app under test is started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly people: readonly Person[];
  readonly webhooks: Webhooks;
  /** Where webhooks go from now on. Until then, and with null, none is delivered. */
  deliverTo(url: string | null): void;
  /** Deliveries so far, oldest first, with the status that each was answered with. */
  readonly delivered: readonly { readonly type: string; readonly status: number }[];
  /** Somebody who had an account before the app was there, with the password that `signIn` fills in. */
  enrol(email: string): Person;
  signOutEverywhere(personId: string): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const ISSUER_HOST = "clerk.automna.test";

/** @param host Address to listen on. */
export async function startClerk(host = "localhost"): Promise<Clerk> {
  const tokens = createTokens(`https://${ISSUER_HOST}`);
  const webhooks = createWebhooks();
  const delivered: { type: string; status: number }[] = [];
  let target: string | null = null;
  const deliver = async (type: string, data: object): Promise<void> => {
    if (target === null) return;
    const { headers, body } = webhooks.sign({ object: "event", type, data, instance_id: "ins_test" });
    const status = await fetch(target, { method: "POST", headers, body }).then(
      (response) => response.status,
      () => 0,
    );
    delivered.push({ type, status });
  };
  const api = createFrontendApi(tokens, {
    created: (person) => void deliver("user.created", userResource(person)),
    deleted: ({ id }) => void deliver("user.deleted", { object: "user", id, deleted: true }),
  });
  const server = createServer((request, response) => {
    serve(request, response, api.answer).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stand-in has no port");
  const origin = `http://${host}:${address.port}`;

  return {
    env: {
      CLERK_PUBLISHABLE_KEY: `pk_test_${Buffer.from(`${ISSUER_HOST}$`).toString("base64")}`,
      CLERK_SECRET_KEY: `sk_test_${randomBytes(20).toString("hex")}`,
      CLERK_JWT_KEY: tokens.publicKey,
      CLERK_PROXY_URL: origin,
      CLERK_JS_URL: `${origin}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`,
      CLERK_UI_URL: `${origin}/npm/@clerk/ui@1/dist/ui.browser.js`,
      CLERK_WEBHOOK_SIGNING_SECRET: webhooks.signingSecret,
      CLERK_TELEMETRY_DISABLED: "1",
      NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED: "1",
    },
    people: api.people,
    webhooks,
    delivered,
    deliverTo(url) {
      target = url;
    },
    enrol: (email) => api.enrol({ email, password: PASSWORD, firstName: null, lastName: null }),
    signOutEverywhere: (personId) => api.signOutEverywhere(personId),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: URLSearchParams) => Promise<void>;

async function serve(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://clerk.test");
  const script = /^\/npm\/@clerk\/(clerk-js|ui)@[^/]+\/dist\/(.+)$/.exec(pathname);
  if (script) return serveScript(script[1] ?? "", script[2] ?? "", response);
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += String(piece);
  await answer(request, response, new URLSearchParams(body));
}

const PACKAGES = join(import.meta.dirname, "..", "..", "node_modules", "@clerk");

async function serveScript(name: string, path: string, response: ServerResponse): Promise<void> {
  const text = await readFile(join(PACKAGES, name, "dist", normalize(`/${path}`))).catch(() => null);
  if (text === null) return void response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": "text/javascript",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
  response.end(text);
}
