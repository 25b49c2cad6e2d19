import { act, cleanup, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import type { ComponentPropsWithoutRef } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import {
  CodeBlock,
  Markdown,
  MarkdownConfigProvider,
  type CodeHighlighter,
  type MarkdownPlugin,
  type MarkdownProps,
} from "../../src/markdown/index.ts";

afterEach(cleanup);

function show(text: string, props: Partial<MarkdownProps> = {}): HTMLElement {
  return render(<Markdown text={text} {...props} />).container;
}

describe("GitHub-flavoured markdown", () => {
  test("headings keep their rank below the page's own", () => {
    show("# One\n\n## Two\n\n###### Six");
    expect(screen.getAllByRole("heading").map(({ tagName, textContent }) => [tagName, textContent])).toEqual([
      ["H3", "One"],
      ["H4", "Two"],
      ["H6", "Six"],
    ]);
  });

  test("lists nest, number from their start and hold tasks", () => {
    const container = show(
      "3. three\n4. four\n   - inner\n     - innermost\n\n---\n\n- [x] done\n- [ ] open",
    );
    expect(container.querySelector("ol")?.getAttribute("start")).toBe("3");
    expect(container.querySelector("ol > li > ul > li > ul > li")?.textContent).toBe("innermost");
    expect(screen.getByRole("checkbox", { name: "Done" })).toHaveProperty("checked", true);
    expect(screen.getByRole("checkbox", { name: "Not done" })).toHaveProperty("checked", false);
    expect(container.querySelector(".automna-task")?.textContent).toBe(" done");
  });

  test("tasks in a loose list lose their box too", () => {
    const container = show("- [x] one\n\n- [ ] two");
    expect([...container.querySelectorAll("li")].map(({ textContent }) => textContent?.trim())).toEqual([
      "one",
      "two",
    ]);
  });

  test.each([
    ["| العمود | name |\n|---|---|\n| hello | مرحبا |", "rtl"],
    ["| 1 | שם |\n|---|---|\n| a | b |", "rtl"],
    ["| name | العمود |\n|---|---|\n| مرحبا | hello |", "ltr"],
    ["| 1 | 2 |\n|---|---|\n| 3 | 4 |", null],
  ])("a table stands, and its columns run, as its first words do: %#", (text, direction) => {
    const scrollArea = show(text).querySelector("table")?.parentElement;
    expect(scrollArea?.getAttribute("dir")).toBe(direction);
  });

  test("each cell of a table has the direction of its own words", () => {
    const container = show("| العمود | name |\n|---|---|\n| مرحبا | hello |");
    const cells = [...container.querySelectorAll("th, td")];
    expect(cells.map((cell) => cell.getAttribute("dir"))).toEqual(["auto", "auto", "auto", "auto"]);
  });

  test("tables align their columns and may be scrolled by keyboard", () => {
    show("| l | c | r | n |\n|:--|:-:|--:|---|\n| **1** | 2 | 3 | 4 |\n| a \\| b |");
    const table = within(screen.getByRole("group", { name: "Table" })).getByRole("table");
    expect(
      within(table)
        .getAllByRole("columnheader")
        .map(({ dataset }) => dataset.align),
    ).toEqual(["left", "center", "right", undefined]);
    expect(
      within(table)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    ).toEqual(["1", "2", "3", "4", "a | b", "", "", ""]);
  });

  test("inline marks, hard breaks, references and the tags that are allowed", () => {
    const container = show(
      "**b** *e* ~~d~~ `c` H<sub>2</sub>O x<sup>2</sup> <kbd>Esc</kbd> a<br>b  \nc &copy; &#169; AT&T",
    );
    const tags = [...container.querySelectorAll("p *")].map(({ tagName }) => tagName.toLowerCase());
    expect(tags).toEqual(["strong", "em", "del", "code", "sub", "sup", "kbd", "br", "br"]);
    expect(container.textContent).toBe("b e d c H2O x2 Esc abc © © AT&T");
  });

  test("quotes hold blocks", () => {
    const container = show("> # Title\n>\n> - item");
    expect(container.querySelector("blockquote > h3")?.textContent).toBe("Title");
    expect(container.querySelector("blockquote li")?.textContent).toBe("item");
  });

  test("raw HTML is text", () => {
    const container = show('<div onclick="x()">one</div>\n\n<img src=x>\n\n<!-- note -->');
    expect(container.querySelectorAll("div > div > div, img")).toHaveLength(0);
    expect(container.textContent).toContain('<div onclick="x()">one</div>');
    expect(container.textContent).toContain("<!-- note -->");
  });

  test("a definition anywhere makes references links", () => {
    show("See [the docs][d] and [d].\n\n> [d]: https://e.example/docs 'Docs'");
    expect(screen.getAllByRole("link").map((link) => [link.textContent, link.getAttribute("href")])).toEqual([
      ["the docs", "https://e.example/docs"],
      ["d", "https://e.example/docs"],
    ]);
  });

  test("every top-level block finds its own direction, code is left to right", () => {
    const container = show("مرحبا\n\n- שלום\n\nhello `x`\n\n```\ncode\n```");
    const blocks = [...(container.firstElementChild?.children ?? [])];
    expect(blocks.map((block) => [block.tagName, block.getAttribute("dir")])).toEqual([
      ["P", "auto"],
      ["UL", "auto"],
      ["P", "auto"],
      ["FIGURE", "ltr"],
    ]);
  });

  test("renders on a server as in a browser", () => {
    const text = "# T\n\n- a\n\n|x|\n|-|\n|1|\n\n```js\nlet a\n```\n\n[l](https://e.example)";
    expect(renderToString(<Markdown text={text} />)).toBe(show(text).innerHTML);
  });
});

describe("links and images", () => {
  test("a link opens in a new tab and tells nobody where it came from", () => {
    show("[text](https://e.example/a?b=c)");
    const link = screen.getByRole("link", { name: "text" });
    expect(link.getAttribute("href")).toBe("https://e.example/a?b=c");
    expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(link.getAttribute("target")).toBe("_blank");
  });

  test("an address that may not be followed is text", () => {
    const container = show("[run](javascript:alert(1)) [app](/logout) <javascript:alert(1)>");
    expect(container.querySelectorAll("a, [href]")).toHaveLength(0);
    expect(container.textContent).toBe("run app javascript:alert(1)");
  });

  test("a link that shows another host than its own shows its own too", () => {
    const container = show(
      "[https://bank.example](https://elsewhere.example) [bank](https://elsewhere.example)",
    );
    expect(container.textContent).toBe("https://bank.example (elsewhere.example) bank");
  });

  test("an image is a placeholder that fetches nothing", () => {
    const container = show("![a cat](https://e.example/cat.png?secret) ![](data:image/png;base64,AA)");
    expect(container.querySelectorAll("img, [src]")).toHaveLength(0);
    expect(container.textContent).toBe("Image: a cat (e.example) Image");
  });

  test("an image of an allowed origin is fetched without a referrer", () => {
    const allowedImageOrigins = ["https://cdn.example"];
    const text = "![a](https://cdn.example/a.png) ![b](https://cdn.example.evil.example/b.png)";
    const container = show(text, { urlPolicy: { allowedImageOrigins } });
    const images = [...container.querySelectorAll("img")];
    expect(images.map((image) => [image.src, image.alt, image.getAttribute("referrerpolicy")])).toEqual([
      ["https://cdn.example/a.png", "a", "no-referrer"],
    ]);
  });

  test("an image in a link does not nest links", () => {
    const container = show("[![logo](https://i.example/l.png)](https://e.example)");
    expect(container.querySelectorAll("a")).toHaveLength(1);
    expect(container.querySelector("a")?.getAttribute("href")).toBe("https://e.example/");
  });

  test("bidirectional controls in links and code are shown, not obeyed", () => {
    const container = show("[ev\u202eil](https://e.example) `a\u2066b`\n\n```\nif (x\u202e) {}\n```");
    expect(container.textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(container.textContent).toContain("ev⟦U+202E⟧il");
    expect(container.textContent).toContain("if (x⟦U+202E⟧) {}");
  });
});

describe("a stream", () => {
  const text = Array.from(
    { length: 20 },
    (_, index) =>
      `## Part ${index}\n\nSome *words* and [a link](https://e.example/${index}).\n\n- one\n- two\n\n`,
  ).join("");

  test("of 500 chunks renders each finished block once", () => {
    const renders: string[] = [];
    const components = {
      p: (props: ComponentPropsWithoutRef<"p">) => {
        renders.push("p");
        return <p {...props} />;
      },
      li: (props: ComponentPropsWithoutRef<"li">) => {
        renders.push("li");
        return <li {...props} />;
      },
    };
    const start = `${text}Tail: `;
    const view = render(<Markdown text={start} streaming components={components} />);
    const afterFirst = renders.length;
    for (let chunk = 1; chunk <= 500; chunk += 1) {
      view.rerender(<Markdown text={start + "word ".repeat(chunk)} streaming components={components} />);
    }
    expect(afterFirst).toBe(20 + 40 + 1);
    expect(renders.length - afterFirst).toBe(500);
  });

  test("does not render again for settings that say the same", () => {
    const renders: string[] = [];
    const h2 = (props: ComponentPropsWithoutRef<"h2">) => {
      renders.push("h2");
      return <h4 {...props} />;
    };
    const element = () => (
      <Markdown
        text={text}
        components={{ h2 }}
        labels={{ copy: "Kopieren" }}
        urlPolicy={{ allowedImageOrigins: ["https://cdn.example"] }}
        onError={() => undefined}
        className={`changes-${renders.length}`}
      />
    );
    const view = render(element());
    view.rerender(element());
    view.rerender(element());
    expect(renders).toHaveLength(20);
  });

  test("ends in what the whole text gives", () => {
    const grown = render(<Markdown text="" streaming />);
    for (let end = 7; end < text.length + 7; end += 7) {
      grown.rerender(<Markdown text={text.slice(0, end)} streaming />);
    }
    grown.rerender(<Markdown text={text} />);
    expect(grown.container.innerHTML).toBe(show(text).innerHTML);
  });

  test("shows no syntax while it grows", () => {
    const written =
      "Here is **bold**, `code` and [a link](https://e.example/path).\n\n| Name | Value |\n|------|------:|\n| **a** | `1` |\n\n- [x] done\n- [ ] open\n\n```ts\nconst x = 1;\n```\n\n> A *quote* with ~~marks~~ and ![an image](https://e.example/i.png).\n\nTitle\n---\n\nEnd.";
    const view = render(<Markdown text="" streaming />);
    const seen = new Set<string>();
    for (let end = 1; end <= written.length; end += 1) {
      view.rerender(<Markdown text={written.slice(0, end)} streaming />);
      for (const [syntax] of view.container.textContent?.matchAll(/\*|`|~~|\]|\[|\||--|https?:|!$|^>/g) ??
        []) {
        seen.add(`${syntax} after ${JSON.stringify(written.slice(Math.max(0, end - 20), end))}`);
      }
    }
    expect([...seen]).toEqual([]);
  });

  test("a text that is replaced is shown as replaced", () => {
    const view = render(<Markdown text={"One.\n\nTwo."} streaming />);
    view.rerender(<Markdown text={"One.\n\nOther."} streaming />);
    expect([...view.container.querySelectorAll("p")].map(({ textContent }) => textContent)).toEqual([
      "One.",
      "Other.",
    ]);
  });
});

describe("code", () => {
  test("shows its language and copies what was written", async () => {
    const user = userEvent.setup();
    const copied: string[] = [];
    show("```ts title=x\nconst a = '\u202e';\n```", { copyText: async (code) => void copied.push(code) });
    expect(screen.getByText("ts")).toBeDefined();
    expect(screen.getByRole("group", { name: "Code: ts" }).tabIndex).toBe(0);
    await user.click(screen.getByRole("button", { name: "Copy" }));
    expect(copied).toEqual(["const a = '\u202e';"]);
    expect(screen.getByRole("button", { name: "Copied" })).toBeDefined();
  });

  test("says so when it could not be copied", async () => {
    const user = userEvent.setup();
    const errors: unknown[] = [];
    const refused = new Error("refused");
    show("```\nx\n```", { copyText: () => Promise.reject(refused), onError: (error) => errors.push(error) });
    await user.click(screen.getByRole("button", { name: "Copy" }));
    expect(await screen.findByRole("button", { name: "Copy failed" })).toBeDefined();
    expect(errors).toEqual([refused]);
  });

  test("stays plain until its fence is closed and the browser idle, then is coloured", async () => {
    const tasks: (() => void)[] = [];
    const asked: string[] = [];
    const highlighter: CodeHighlighter = async (code, language) => {
      asked.push(`${language}:${code}`);
      return [
        { text: "let", kind: "keyword" },
        { text: code.slice(3), color: "red" },
      ];
    };
    const props: Partial<MarkdownProps> = {
      highlighter,
      scheduleIdle: (task) => {
        tasks.push(task);
        return () => undefined;
      },
    };
    const view = render(<Markdown text={"```js\nlet a"} streaming {...props} />);
    expect(tasks).toHaveLength(0);
    view.rerender(<Markdown text={"```js\nlet a\n```"} streaming {...props} />);
    expect(asked).toEqual([]);
    await act(async () => tasks[0]?.());
    expect(asked).toEqual(["js:let a"]);
    expect(view.container.querySelector(".automna-code-keyword")?.textContent).toBe("let");
    expect(view.container.querySelector("code")?.textContent).toBe("let a");
  });

  test("stays plain and reports when the highlighter fails", async () => {
    const errors: unknown[] = [];
    const failure = new Error("no grammar");
    await act(async () => {
      render(
        <CodeBlock
          code="x"
          language="js"
          highlighter={() => Promise.reject(failure)}
          onError={(error) => errors.push(error)}
          scheduleIdle={(task) => {
            task();
            return () => undefined;
          }}
        />,
      );
    });
    expect(errors).toEqual([failure]);
    expect(screen.getByText("x")).toBeDefined();
  });
});

describe("a host's choices", () => {
  test("components stand in for elements and get safe props", () => {
    show("[a](https://e.example) [b](javascript:x)\n\n```js\nx\n```", {
      components: {
        a: ({ href, children }) => (
          <a href={href} data-mine="">
            {children}!
          </a>
        ),
        CodeBlock: ({ code, language }) => <samp>{`${language}:${code}`}</samp>,
      },
    });
    expect(screen.getByRole("link").textContent).toBe("a!");
    expect(screen.getByText("js:x").tagName).toBe("SAMP");
  });

  test("a provider's choices hold below it, own props win", () => {
    render(
      <MarkdownConfigProvider value={{ labels: { image: "Bild", table: "Tabelle" }, headingOffset: 0 }}>
        <Markdown text={"# T\n\n![x](y)\n\n|a|\n|-|"} labels={{ table: "Tafel" }} />
      </MarkdownConfigProvider>,
    );
    expect(screen.getByRole("heading", { level: 1 })).toBeDefined();
    expect(screen.getByText("Bild: x")).toBeDefined();
    expect(screen.getByRole("group", { name: "Tafel" })).toBeDefined();
  });

  test("a plugin whose syntax throws leaves the text readable and is reported", () => {
    const failure = new Error("broken plugin");
    const broken: MarkdownPlugin = {
      name: "broken",
      syntax: {
        block: [
          {
            name: "broken",
            find: () => -1,
            match: () => {
              throw failure;
            },
          },
        ],
      },
    };
    const errors: unknown[] = [];
    const container = show("Some **text**", { plugins: [broken], onError: (error) => errors.push(error) });
    expect(container.textContent).toBe("Some **text**");
    expect(errors).toEqual([failure]);
  });

  test("a plugin may add a construct and take over a language", () => {
    const plugin: MarkdownPlugin = {
      name: "mention",
      syntax: {
        inline: [
          {
            name: "mention",
            find: (text) => text.indexOf("@"),
            match: (text) => {
              const found = /^@(\w+)/.exec(text);
              return found && { raw: found[0], text: found[1] ?? "" };
            },
          },
        ],
      },
      nodes: { mention: ({ text }) => <mark>{text.toUpperCase()}</mark> },
      codeBlocks: { graph: ({ code, fallback }) => (code === "bad" ? fallback : <output>{code}</output>) },
    };
    const container = show("Hi @ada and **@bob**\n\n```graph\ngood\n```\n\n```graph\nbad\n```", {
      plugins: [plugin],
    });
    expect([...container.querySelectorAll("mark")].map(({ textContent }) => textContent)).toEqual([
      "ADA",
      "BOB",
    ]);
    expect(container.querySelector("output")?.textContent).toBe("good");
    expect(container.querySelector("pre")?.textContent).toBe("bad");
  });
});
