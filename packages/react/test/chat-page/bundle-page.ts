import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The chat page as a browser loads it: text by file name. `page.js` is the entry, `page.css` its styles. */
export async function bundleChatPage(): Promise<ReadonlyMap<string, string>> {
  const bundle = await rolldown({
    input: { page: fileURLToPath(new URL("page.tsx", import.meta.url)) },
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    checks: { moduleLevelDirective: false },
    logLevel: "silent",
  });
  try {
    const { output } = await bundle.generate({ format: "esm", entryFileNames: "[name].js" });
    const scripts = output.flatMap((file) =>
      file.type === "chunk" ? [[file.fileName, file.code] as const] : [],
    );
    const styles = fileURLToPath(new URL("../../src/styles.css", import.meta.url));
    return new Map([...scripts, ["page.css", withImports(styles)]]);
  } finally {
    await bundle.close();
  }
}

/** A style sheet with the files that it imports put in their places. */
function withImports(file: string): string {
  return readFileSync(file, "utf8").replace(/@import\s+"(\.[^"]+)"[^;]*;/g, (_, path: string) =>
    withImports(join(dirname(file), path)),
  );
}
