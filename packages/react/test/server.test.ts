import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";

import { AutomnaChat, runtimeOf, useClawdbotRuntime, useConnection } from "../src/index.ts";
import { ar } from "../src/i18n/index.ts";
import { scriptedStore } from "./scripted-store.ts";

test("a chat renders in Node, without a window, a socket or a warning", () => {
  expect(typeof window).toBe("undefined");
  const socket = vi.fn();
  vi.stubGlobal("WebSocket", socket);
  const complaints = vi.spyOn(console, "error");
  const html = renderToString(
    createElement(AutomnaChat, {
      gatewayUrl: "wss://gateway.example/",
      authToken: "very-secret",
      sessionKey: "main",
    }),
  );
  expect(html).toContain("Loading the conversation");
  expect(html).toContain("<textarea");
  expect(html).not.toContain("very-secret");
  expect(socket).not.toHaveBeenCalled();
  expect(complaints).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test("the headless hook renders in Node", () => {
  function Status() {
    const runtime = useClawdbotRuntime({ gatewayUrl: "wss://gateway.example/", authToken: null });
    return useConnection(runtime).status;
  }
  expect(renderToString(createElement(Status))).toBe("idle");
});

test("the server's page speaks the host's language", () => {
  const html = renderToString(
    createElement(AutomnaChat, { runtime: runtimeOf(scriptedStore()), strings: ar }),
  );
  expect(html).toContain('dir="rtl"');
  expect(html).toContain("كيف يمكنني مساعدتك؟");
});
