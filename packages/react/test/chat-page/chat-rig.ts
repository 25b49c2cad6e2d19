import { createFakeGateway, type FakeGateway, type FakeGatewayOptions } from "@automna/testing";
import { startFakeGatewayServer, type FakeGatewayServer } from "@automna/testing/ws";
import type { BrowserContextOptions, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import { startChatSite, type ChatSite } from "./chat-site.ts";
import type { ChatPageOptions } from "./page.tsx";

export interface ChatRig {
  /** A gateway of the test's own. */
  startGateway(options?: FakeGatewayOptions): Promise<FakeGateway>;
  /** The chat with that gateway in a window of its own. */
  open(options?: Partial<ChatPageOptions>, context?: BrowserContextOptions): Promise<Page>;
}

/** Called once by a file: its tests share the browser, and none may leave a problem in a page's console. */
export function chatRig(): ChatRig {
  let site: ChatSite;
  let gateway: FakeGateway | undefined;
  let server: FakeGatewayServer | undefined;
  const pages: Page[] = [];

  beforeAll(async () => {
    site = await startChatSite();
  });
  afterAll(() => site.close());
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await server?.close();
    gateway?.close();
    expect(site.problems.splice(0)).toEqual([]);
  });

  return {
    async startGateway(options) {
      gateway = createFakeGateway({ allowedOrigins: ["*"], ...options });
      server = await startFakeGatewayServer(gateway);
      return gateway;
    },
    async open(options, context = { viewport: { width: 900, height: 700 } }) {
      if (!server) throw new Error("There is no gateway yet: call startGateway first.");
      const gatewayUrl = server.url;
      const page = await site.open(
        { gatewayUrl, authToken: "test-token", sessionKey: "main", ...options },
        context,
      );
      pages.push(page);
      return page;
    },
  };
}
