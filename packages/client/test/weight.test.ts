import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { loadedWith } from "./loaded-code.ts";

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));

describe("15. weight: who imports createChatStore", () => {
  test("loads 12 KB before anything happens", async () => {
    const { kb } = await loadedWith("createChatStore", index);
    expect(kb).toBeGreaterThan(5);
    expect(kb).toBeLessThanOrEqual(12);
  });

  test("has the socket, the handshake and the outbox at hand, and the rest loads meanwhile", async () => {
    const { files } = await loadedWith("createChatStore", index);
    const has = (name: string) => files.some((file) => file.endsWith(`/client/src/${name}.ts`));
    for (const name of ["gateway-connection", "websocket-transport", "outbox-store"])
      expect(has(name), name).toBe(true);
    for (const name of [
      "projection",
      "approval-desk",
      "indexed-db-storage",
      "device-store",
      "http-transport",
    ])
      expect(has(name), name).toBe(false);
    expect(files.filter((file) => /\/react\/|node:|\/noble\//.test(file))).toEqual([]);
  });
});
