import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { rolldown, type OutputChunk } from "rolldown";
import { describe, expect, test } from "vitest";

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));

interface Loaded {
  readonly files: readonly string[];
  /** Kilobytes, minified, gzip level 9. */
  readonly kb: number;
}

/** What a page loads along with `import { names } from "@automna/client"`, bundled as an application would. */
async function loadedWith(names: string): Promise<Loaded> {
  const entry = "\0entry";
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    preserveEntrySignatures: "allow-extension",
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? `export { ${names} } from ${JSON.stringify(index)};` : null),
      },
    ],
  });
  try {
    const { output } = await bundle.generate({ format: "esm", minify: true });
    const chunks = output.filter((file): file is OutputChunk => file.type === "chunk");
    const initial = new Set(chunks.filter(({ isEntry }) => isEntry));
    for (const chunk of initial)
      for (const other of chunks) if (chunk.imports.includes(other.fileName)) initial.add(other);
    const files = [...initial].flatMap((chunk) => Object.keys(chunk.modules));
    const bytes = [...initial].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
    return { files, kb: bytes / 1_000 };
  } finally {
    await bundle.close();
  }
}

describe("15. weight: who imports createChatStore", () => {
  test("loads 12 KB before anything happens", async () => {
    const { kb } = await loadedWith("createChatStore");
    expect(kb).toBeGreaterThan(5);
    expect(kb).toBeLessThanOrEqual(12);
  });

  test("has the socket, the handshake and the outbox at hand, and the rest loads meanwhile", async () => {
    const { files } = await loadedWith("createChatStore");
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
