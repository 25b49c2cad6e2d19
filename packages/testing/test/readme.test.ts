import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const folder = new URL("./examples/", import.meta.url);

test.each(readdirSync(folder))("the README shows the tested example %s word for word", (file) => {
  expect(readme).toContain(readFileSync(new URL(file, folder), "utf8").trimEnd());
});
