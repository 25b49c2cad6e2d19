import { describe, expect, test } from "vitest";
import { createUrlPolicy, namesAnotherHost } from "../../src/markdown/url-policy.ts";

const policy = createUrlPolicy();

describe("a link", () => {
  test.each([
    ["https://e.example/a?b=c#d", "https://e.example/a?b=c#d"],
    ["HTTP://E.Example", "http://e.example/"],
    ["http:e.example", "http://e.example/"],
    ["https://müller.example/ä", "https://xn--mller-kva.example/%C3%A4"],
    ["mailto:a@e.example?subject=hi", "mailto:a@e.example?subject=hi"],
    ["tel:+49-30-1234", "tel:+49-30-1234"],
    ["#part-2", "#part-2"],
  ])("to %s is made, in the parser's normal form", (href, normal) => {
    expect(policy.link(href)?.href).toBe(normal);
  });

  test.each([
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "blob:https://e.example/1",
    "file:///etc/passwd",
    "view-source:https://e.example",
    "ftp://e.example",
    "/relative",
    "relative",
    "./a",
    "../a",
    "?a=b",
    "//e.example/a",
    "\\\\e.example\\a",
    "",
    "https://",
    "https://user@e.example",
    "https://bank.example:pw@e.example",
    "#a b",
    `https://e.example/${"a".repeat(9_000)}`,
  ])("to %j is not made", (href) => {
    expect(policy.link(href)).toBeNull();
  });

  test("of another scheme is made when the host asks for it, except for schemes that run something", () => {
    const wide = createUrlPolicy({ linkSchemes: ["vscode", "javascript", "data", "blob"] });
    expect(wide.link("vscode://file/x")?.href).toBe("vscode://file/x");
    expect(wide.link("https://e.example")).toBeNull();
    for (const href of ["javascript:x", "data:text/html,x", "blob:https://e.example/1"]) {
      expect(wide.link(href)).toBeNull();
    }
  });
});

describe("an image", () => {
  test("is fetched from nowhere unless the host allows it", () => {
    expect(policy.image("https://e.example/a.png")).toBeNull();
  });

  test("of an allowed origin is fetched, of a look-alike it is not", () => {
    const allowing = createUrlPolicy({
      allowedImageOrigins: ["https://cdn.example/ignored/path", "not a url", "null"],
    });
    expect(allowing.image("https://cdn.example/a.png")).toBe("https://cdn.example/a.png");
    expect(allowing.image("https://CDN.example:443/a.png")).toBe("https://cdn.example/a.png");
    for (const source of [
      "http://cdn.example/a.png",
      "https://cdn.example:8443/a.png",
      "https://cdn.example.evil.example/a.png",
      "https://cdn.example@evil.example/a.png",
      "https://evil.example/https://cdn.example/a.png",
      "//cdn.example/a.png",
      "data:image/png;base64,AA",
      "blob:https://cdn.example/1",
    ]) {
      expect(allowing.image(source)).toBeNull();
    }
  });

  test("may be judged by a function, which never sees a scheme that runs something", () => {
    const asked: string[] = [];
    const judging = createUrlPolicy({
      allowedImageOrigins: ({ protocol }) => {
        asked.push(protocol);
        return true;
      },
    });
    expect(judging.image("data:image/png;base64,AA")).toBe("data:image/png;base64,AA");
    expect(judging.image("data:image/svg+xml,<svg/>")).toBeNull();
    expect(judging.image("data:text/html,x")).toBeNull();
    expect(judging.image("javascript:alert(1)")).toBeNull();
    expect(judging.image("file:///etc/passwd")).toBeNull();
    expect(asked).toEqual(["data:"]);
  });
});

describe("a link's text", () => {
  const link = policy.link("https://elsewhere.example/a");
  if (!link) throw new Error("expected a link");

  test.each([
    ["https://bank.example", true],
    ["bank.example/login", true],
    ["WWW.BANK.EXAMPLE", true],
    ["https://elsewhere.example", false],
    ["www.elsewhere.example/b", false],
    ["our bank", false],
    ["see v1.2 of it", false],
    ["index.ts and more", false],
  ])("%s names another host: %s", (text, expected) => {
    expect(namesAnotherHost(text, link)).toBe(expected);
  });
});
