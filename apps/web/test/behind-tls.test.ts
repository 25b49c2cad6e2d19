import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { freePort } from "../../../scripts/free-port.ts";
import { startAppProcess } from "./support/app-process.ts";
import { createClerkInstance } from "./support/clerk-instance.ts";
import { listenAnywhere } from "./support/front.ts";
import { openDatabase, storeInstance, TOKEN_KEYS } from "./support/stored-instance.ts";
import { startTlsTerminator } from "./support/tls-terminator.ts";

const APP = "https://chat.example.test";
const DOCUMENT = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", accept: "text/html" };

/** A router as it is deployed: HTTP behind something that ends TLS, for people who sign in with Clerk. */
async function deploy(instances: Readonly<Record<string, string>>) {
  const { database, url } = await openDatabase();
  const seen: IncomingHttpHeaders[] = [];
  const gateway = createServer((req, res) => {
    seen.push(req.headers);
    res.end("page");
  });
  const sockets = new WebSocketServer({ server: gateway });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    gateway.close();
    gateway.closeAllConnections();
  });
  const id = await storeInstance(database, "user_alice", await listenAnywhere(gateway));
  const { subdomain } = await database.instance.findFirstOrThrow();
  const clerk = createClerkInstance();
  const port = await freePort();
  const app = await startAppProcess({
    DATABASE_URL: url,
    TOKEN_KEYS,
    ROLE: "router",
    PORT: String(port),
    PUBLIC_URL: APP,
    TRUSTED_PROXIES: "127.0.0.1,::1",
    CLERK_PUBLISHABLE_KEY: clerk.config.publishableKey,
    CLERK_SECRET_KEY: clerk.config.secretKey,
    CLERK_JWT_KEY: clerk.config.jwtKey,
    ...instances,
  });
  const session = clerk.cookies(clerk.session("user_alice", APP));
  return { id, subdomain, port, seen, session, app };
}

/** The cookies of an answer by name, each with its attributes; as a browser would refuse them, they fail. */
function cookiesOf(headers: IncomingHttpHeaders): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const line of headers["set-cookie"] ?? []) {
    const name = line.slice(0, line.indexOf("="));
    if (/^__(?:Host|Secure)-/.test(name)) expect(line).toContain("; Secure");
    if (name.startsWith("__Host-")) expect(line).toMatch(/; Path=\/(?:;|$)/);
    if (name.startsWith("__Host-")) expect(line).not.toContain("Domain=");
    cookies.set(name, line.split(";")[0] ?? "");
  }
  return cookies;
}

test("behind TLS our cookies have names that no other host and no plain page can set, and sockets our own origin", async () => {
  const { id, subdomain, port, seen, session } = await deploy({ INSTANCE_DOMAIN: "agents.example.test" });
  const site = `https://${subdomain}.agents.example.test`;
  const tls = await startTlsTerminator(port, ["chat.example.test", "*.agents.example.test"]);

  const launched = await tls.ask(`${APP}/i/${id}/`, { cookie: session, ...DOCUMENT });
  expect(launched.status).toBe(303);
  expect(launched.headers.location).toMatch(new RegExp(`^${site}/\\?token=`));
  expect(launched.headers["strict-transport-security"]).toContain("max-age=");
  expect([...cookiesOf(launched.headers).keys()]).toEqual(["__Host-automna_opened"]);

  const swapped = await tls.ask(launched.headers.location ?? "", DOCUMENT);
  expect(swapped).toMatchObject({ status: 303, headers: { location: `${site}/` } });
  const visits = cookiesOf(swapped.headers);
  expect([...visits.keys()]).toEqual(["__Host-automna_visit"]);
  const cookie = visits.get("__Host-automna_visit") ?? "";
  expect((await tls.ask(`${site}/x`, { cookie })).body).toBe("page");
  // The same value under a name that any page of a neighbour could have set is nobody's.
  expect((await tls.ask(`${site}/x`, { cookie: cookie.replace("__Host-", "") })).status).toBe(404);
  expect((await tls.ask(`${site}/x`, { cookie: cookie.replace("__Host-", "__Secure-") })).status).toBe(404);

  const traffic = await tls.ask(`${APP}/i/${id}/y`, { cookie: session });
  expect([...cookiesOf(traffic.headers).keys()]).toEqual(["__Secure-automna_verdict"]);
  expect(traffic.headers["set-cookie"]?.[0]).toContain(`; Path=/i/${id};`);
  for (const headers of seen) expect(headers.cookie).toBeUndefined();

  const own = tls.socket(`${APP}/i/${id}/ws`, { cookie: session, origin: APP });
  await once(own, "open");
  const foreign = tls.socket(`${APP}/i/${id}/ws`, { cookie: session, origin: "http://chat.example.test" });
  const [, refusal] = await once(foreign, "unexpected-response");
  expect(refusal).toMatchObject({ statusCode: 403 });
});

test("behind TLS the second port's cookie is for secure pages and one gateway's path", async () => {
  const instancePort = await freePort();
  const { id, port, session } = await deploy({
    INSTANCE_URL: "https://agents.example.test",
    INSTANCE_PORT: String(instancePort),
  });
  const tls = await startTlsTerminator(port, ["chat.example.test"]);
  const launched = await tls.ask(`${APP}/i/${id}/`, { cookie: session, ...DOCUMENT });
  expect(launched.headers.location).toMatch(new RegExp(`^https://agents.example.test/i/${id}/\\?token=`));
  const beside = await startTlsTerminator(instancePort, ["agents.example.test"]);
  const swapped = await beside.ask(launched.headers.location ?? "", DOCUMENT);
  expect([...cookiesOf(swapped.headers).keys()]).toEqual(["__Secure-automna_visit"]);
  expect(swapped.headers["set-cookie"]?.[0]).toContain(`; Path=/i/${id};`);
  const cookie = cookiesOf(swapped.headers).get("__Secure-automna_visit") ?? "";
  expect((await beside.ask(`https://agents.example.test/i/${id}/x`, { cookie })).body).toBe("page");
});
