import type { RequestListener } from "node:http";

/** What a page of a gateway tried, and what it got. */
export type Findings = Readonly<Record<string, string>>;

/** Where the things are that a hostile page wants. */
export interface Prey {
  readonly appOrigin: string;
  /** Addresses of somebody else's gateway, under every shape there is. */
  readonly neighbours: readonly string[];
}

/** A gateway that was talked into serving an attack at every address, as a page, a script or an image. */
export function hostileGateway(prey: () => Prey): RequestListener {
  return ({ url = "" }, res) => {
    const path = url.split("?")[0] ?? "";
    if (path.endsWith(".js")) {
      res.writeHead(200, { "content-type": "text/javascript", "service-worker-allowed": "/" });
      res.end("globalThis.__ran = true;");
    } else if (path.endsWith(".svg")) {
      res.writeHead(200, { "content-type": "image/svg+xml" });
      res.end(`<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[${attack(prey())}]]></script></svg>`);
    } else {
      res.writeHead(200, {
        "content-type": "text/html",
        "content-security-policy": "default-src * 'unsafe-inline'",
        "clear-site-data": '"cookies", "storage"',
        "set-cookie": "__session=mallory; Path=/",
      });
      res.end(`<!doctype html><title>hostile</title><body><script>${attack(prey())}</script>`);
    }
  };
}

function attack(prey: Prey): string {
  return `globalThis.__ran = true; (${raid.toString()})(${JSON.stringify(prey)})`;
}

/** Runs in the page; nothing of this module is there. */
async function raid({ appOrigin, neighbours }: Prey): Promise<void> {
  const findings: Record<string, string> = {};
  const attempt = async (name: string, work: () => unknown): Promise<void> => {
    try {
      findings[name] = `got ${String(await work())}`;
    } catch (error) {
      findings[name] = `failed: ${error instanceof Error ? error.name : String(error)}`;
    }
  };
  const read = async (address: string, options: RequestInit = {}) =>
    (await fetch(address, { credentials: "include", ...options })).text();
  const openSocket = (address: string) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      socket.addEventListener("open", () => resolve("open"));
      socket.addEventListener("error", () => reject(new Error("closed")));
    });
  await attempt("cookies", () => document.cookie);
  await attempt("storage", () => localStorage.getItem("app-secret"));
  await attempt("the app's page", () => read(`${appOrigin}/`));
  await attempt("the app's API", () => read(`${appOrigin}/api/user/gateway`));
  await attempt("the app's path to a gateway", () => read(`${appOrigin}/i/${"a".repeat(24)}/x`));
  await attempt("the app's socket", () =>
    openSocket(`${appOrigin.replace("http", "ws")}/i/${"a".repeat(24)}/ws`),
  );
  await attempt("a frame of the app", async () => {
    const frame = document.createElementNS("http://www.w3.org/1999/xhtml", "iframe");
    frame.setAttribute("src", `${appOrigin}/`);
    const loaded = new Promise((resolve) => {
      frame.addEventListener("load", resolve);
    });
    document.documentElement.append(frame);
    await loaded;
    return frame instanceof HTMLIFrameElement && frame.contentDocument?.documentElement.textContent;
  });
  await attempt("a service worker", async () => {
    const worker = await navigator.serviceWorker.register("sw.js", { scope: "/" });
    return worker.scope;
  });
  for (const address of neighbours) {
    await attempt(`HTTP ${address}`, () => read(address));
    await attempt(`blind HTTP ${address}`, async () => {
      const { type, status } = await fetch(address, { mode: "no-cors", credentials: "include" });
      return `${type} ${status}`;
    });
    await attempt(`socket ${address}`, () => openSocket(address.replace("http", "ws")));
  }
  Object.assign(globalThis, { __findings: findings });
}
