import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../src", import.meta.url));
const CLIENT_ONLY =
  /\b(?:use(?:State|Effect|InsertionEffect|Ref|Context|SyncExternalStore|Memo|Callback|Id)|createContext|Component)\b/;

test('every file that uses what a server component has not begins with "use client"', () => {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  const unmarked = sources.filter((name) => {
    const source = readFileSync(`${folder}/${name}`, "utf8");
    const imports = [...source.matchAll(/import\s+(?!type)[^;]*?from "react"/g)].join();
    return CLIENT_ONLY.test(imports) && !source.startsWith('"use client"');
  });
  expect(sources.length).toBeGreaterThan(50);
  expect(unmarked).toEqual([]);
});
