import { gzipSync } from "node:zlib";

import { rolldown, type OutputChunk } from "rolldown";

/** What a page loads along with an import. */
export interface LoadedCode {
  readonly files: readonly string[];
  /** What it loads when something asks for it. */
  readonly later: readonly string[];
  /** Kilobytes, minified, gzip level 9. */
  readonly kb: number;
}

/** What a page loads along with `import { names } from index`, bundled as an application would for production. */
export async function loadedWith(
  names: string,
  index: string,
  external: readonly RegExp[] = [],
): Promise<LoadedCode> {
  const entry = "\0entry";
  const bundle = await rolldown({
    input: entry,
    external: [...external],
    platform: "browser",
    preserveEntrySignatures: "allow-extension",
    transform: {
      define: { "process.env.NODE_ENV": '"production"' },
      jsx: { runtime: "automatic", development: false },
    },
    checks: { moduleLevelDirective: false },
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
    const bytes = [...initial].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
    const later = chunks.filter((chunk) => !initial.has(chunk));
    return { files: [...initial].flatMap(filesIn), later: later.flatMap(filesIn), kb: bytes / 1_000 };
  } finally {
    await bundle.close();
  }
}

/** Those of which something is left. */
function filesIn({ modules }: OutputChunk): readonly string[] {
  return Object.entries(modules).flatMap(([file, { code }]) => (code ? [file.replaceAll("\\", "/")] : []));
}
