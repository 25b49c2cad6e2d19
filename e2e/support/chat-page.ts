import { createServer } from "node:http";
import { bundleChatPage } from "../../packages/react/test/chat-page/bundle-page.ts";

const HTML = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"><title>Chat</title>
<style>html,body,main{height:100%;margin:0}</style><main></main>
<script type="module" src="/page.js"></script></html>`;

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css" };

/** A site that serves the bare chat page on loopback. */
export interface ChatSite {
  readonly origin: string;
  close(): Promise<void>;
}

export async function startChatSite(): Promise<ChatSite> {
  const files = await bundleChatPage();
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const file = files.get(name);
    const type = file === undefined ? "text/html" : (TYPES[name.split(".").at(-1) ?? ""] ?? "text/plain");
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(file ?? HTML);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the site has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
