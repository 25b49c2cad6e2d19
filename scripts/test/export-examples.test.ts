import { expect, test } from "vitest";
import { exportsWithoutExample } from "../export-examples.ts";

const file = "packages/protocol/api/index.d.ts";

function complaints(...lines: string[]): string[] {
  return exportsWithoutExample({ file, text: lines.join("\n") }).map((line) => line.replace(`${file}: `, ""));
}

const SHOWN = ["/**", " * Adds.", " *", " * @example", " * ```ts", " * add(1, 2); // 3", " * ```", " */"];

test("an exported function needs an example, and one that stays inside does not", () => {
  const add = "declare function add(a: number, b: number): number;";
  expect(complaints("/** Adds. */", add, "export { add };")).toEqual(["add has no @example"]);
  expect(complaints(add, "export { add };")).toEqual(["add has no @example"]);
  expect(complaints(...SHOWN, add, "export { add };")).toEqual([]);
  expect(complaints("/** Adds. */", add, "export {};")).toEqual([]);
});

test("an example belongs to the export right below it", () => {
  const add = "declare function add(a: number, b: number): number;";
  const subtract = "declare function subtract(a: number, b: number): number;";
  const lines = [...SHOWN, add, "/** Subtracts. */", subtract, "export { add, subtract };"];
  expect(complaints(...lines)).toEqual(["subtract has no @example"]);
});

test("the first of several overloads has the example of all", () => {
  const overloads = ["declare function add(a: number): number;", "declare function add(a: string): string;"];
  expect(complaints(...SHOWN, ...overloads, "export { add };")).toEqual([]);
});

test("a class needs an example, also when it is abstract or known outside by another name", () => {
  expect(complaints("/** A pool. */", "declare class Pool {}", "export { Pool };")).toEqual([
    "Pool has no @example",
  ]);
  expect(complaints("declare abstract class Base {}", "export { Base as Pool };")).toEqual([
    "Base has no @example",
  ]);
});

test("a constant needs one when it is a function or a component", () => {
  const row = [
    'declare const Row: import("react").MemoExoticComponent<',
    "  (props: Props) => Element",
    ">;",
  ];
  expect(complaints(...row, "export { Row };")).toEqual(["Row has no @example"]);
  const model = ["type Model = (call: Call) => Step[];", "/** Echoes. */", "declare const echo: Model;"];
  expect(complaints(...model, "export { type Model, echo };")).toEqual(["echo has no @example"]);
});

test("a constant that is a value needs none, whatever is declared below it", () => {
  const limit = ["declare const LIMIT = 1000;", "type Task = () => void;"];
  const range = ["declare const RANGE: {", "  readonly min: 3;", "};"];
  expect(complaints(...limit, ...range, "export { LIMIT, RANGE, type Task };")).toEqual([]);
});

test("types need none, nor a function of which only the type goes out", () => {
  const add = "declare function add(a: number, b: number): number;";
  expect(complaints("/** Adds. */", add, "export { type add };")).toEqual([]);
  expect(complaints("/** Adds. */", add, "export type { add };")).toEqual([]);
  expect(complaints("/** A name. */", "type Name = string;", "export { type Name };")).toEqual([]);
});
