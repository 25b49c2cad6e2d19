import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { Markdown } from "../../../src/markdown/index.ts";
import { XSS_CASES } from "./corpus.ts";
import { findViolations } from "./find-violations.ts";

afterEach(cleanup);

const urlPolicy = { allowedImageOrigins: ["https://allowed.example"] };

describe("the checker sees", () => {
  test.each([
    ["<script>alert(1)</script>", "element script"],
    ['<img src="https://evil.example/b.gif">', "element img"],
    ['<a href="javascript:alert(1)" rel="noopener noreferrer nofollow">x</a>', "address javascript:alert(1)"],
    ['<a href="/logout" rel="noopener noreferrer nofollow">x</a>', "relative address /logout"],
    ['<a href="https://e.example/">x</a>', "rel "],
    ['<p onclick="alert(1)">x</p>', "p has onclick"],
    ['<p style="color:red">x</p>', "p has style"],
    ['<p id="location">x</p>', "p has id"],
    ['<p class="host-class">x</p>', "class host-class"],
    ["<code>a\u202eb</code>", "bidirectional control in CODE"],
  ])("%s", (html, violation) => {
    const root = new DOMParser().parseFromString(`<body>${html}`, "text/html").body;
    expect(findViolations(root)).toEqual([violation]);
  });
});

test("the corpus holds at least 200 cases, each of its own", () => {
  expect(new Set(XSS_CASES.map(({ name }) => name)).size).toBe(XSS_CASES.length);
  expect(XSS_CASES.length).toBeGreaterThanOrEqual(200);
});

describe("nothing forbidden is in the tree of", () => {
  test.each(XSS_CASES)("$name", ({ text }) => {
    const whole = render(<Markdown text={text} urlPolicy={urlPolicy} />);
    expect(findViolations(whole.container)).toEqual([]);
    const stream = render(<Markdown text="" streaming urlPolicy={urlPolicy} />);
    const found = new Set<string>();
    const step = Math.max(1, Math.floor(text.length / 40));
    for (let end = step; end < text.length; end += step) {
      stream.rerender(<Markdown text={text.slice(0, end)} streaming urlPolicy={urlPolicy} />);
      for (const violation of findViolations(stream.container)) found.add(violation);
    }
    expect([...found]).toEqual([]);
  });
});
