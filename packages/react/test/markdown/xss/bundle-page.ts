import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The page that shows hostile messages, bundled for a browser: code by file name; `page.js` is the entry. */
export async function bundlePage(): Promise<ReadonlyMap<string, string>> {
  const bundle = await rolldown({
    input: { page: fileURLToPath(new URL("page.tsx", import.meta.url)) },
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    checks: { moduleLevelDirective: false },
    logLevel: "silent",
  });
  try {
    const { output } = await bundle.generate({ format: "esm", entryFileNames: "[name].js" });
    return new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
  } finally {
    await bundle.close();
  }
}
