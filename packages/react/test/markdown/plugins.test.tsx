import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { Markdown } from "../../src/markdown/index.ts";
import { math } from "../../src/markdown/plugins/math.tsx";
import { mermaid, type MermaidLike } from "../../src/markdown/plugins/mermaid.tsx";

afterEach(cleanup);

describe("math", () => {
  const plugins = [math(() => import("katex"))];

  test("in dollars, parentheses, brackets and fences is typeset", async () => {
    const text =
      "Euler: $e^{i\\pi}$ and \\(a_1 + b_1\\).\n\n$$\n\\frac{1}{2}\n$$\n\n\\[x^2\\]\n\n```math\ny\n```";
    const { container } = render(<Markdown text={text} plugins={plugins} />);
    await waitFor(() => expect(container.querySelectorAll("math:not([hidden] *)")).toHaveLength(5));
    expect(container.querySelectorAll(".automna-math-display")).toHaveLength(3);
    expect(container.querySelectorAll("em, code")).toHaveLength(0);
  });

  test("follows a line of text without a blank line", async () => {
    const { container } = render(<Markdown text={"So\n$$\nx\n$$\nholds."} plugins={plugins} />);
    await waitFor(() => expect(container.querySelectorAll("math")).toHaveLength(1));
    expect(container.querySelectorAll("p")).toHaveLength(2);
  });

  test("prices are no math", () => {
    const { container } = render(<Markdown text="It costs $5 and $10, or $20-$30." plugins={plugins} />);
    expect(container.textContent).toBe("It costs $5 and $10, or $20-$30.");
  });

  test("is source until it is closed", () => {
    const { container } = render(<Markdown text={"$$\nx + y"} plugins={plugins} streaming />);
    expect(container.querySelectorAll(".automna-math")).toHaveLength(0);
  });

  test("that cannot be read is shown as its source and reported", async () => {
    const errors: unknown[] = [];
    const { container } = render(
      <Markdown text={"$\\frac{1$"} plugins={plugins} onError={(error) => errors.push(error)} />,
    );
    await waitFor(() => expect(errors).toHaveLength(1));
    expect(container.textContent).toBe("$\\frac{1$");
  });

  test("cannot make links, images or attributes", async () => {
    const hostile = [
      "\\href{javascript:alert(1)}{x}",
      "\\url{javascript:alert(1)}",
      "\\includegraphics{https://evil.example/a.png}",
      "\\htmlData{a=b}{x}",
      "\\htmlStyle{background:url(https://evil.example)}{x}",
    ];
    const errors: unknown[] = [];
    const { container } = render(
      <Markdown
        text={hostile.map((tex) => `$${tex}$`).join("\n\n")}
        plugins={plugins}
        onError={(error) => errors.push(error)}
      />,
    );
    const typeset = () => container.querySelectorAll("math:not([hidden] *)").length;
    await waitFor(() => expect(typeset() + errors.length).toBe(hostile.length));
    expect(container.querySelectorAll("a, img, [href], [src], [data-a], [style*='url']")).toHaveLength(0);
  });
});

describe("a diagram", () => {
  function library(render: MermaidLike["render"]) {
    const configs: unknown[] = [];
    return {
      configs,
      module: { default: { initialize: (config: unknown) => void configs.push(config), render } },
    };
  }

  test("is drawn into an image, where no script of it can run", async () => {
    const { configs, module } = library(async () => ({
      svg: '<svg viewBox="0 0 120.5 80" onload="alert(1)"><script>alert(1)</script></svg>',
    }));
    const { container } = render(
      <Markdown text={"```mermaid\ngraph TD; A-->B\n```"} plugins={[mermaid(async () => module)]} />,
    );
    const image = await screen.findByRole("img", { name: "Diagram" });
    expect(image.getAttribute("src")).toMatch(/^data:image\/svg\+xml;charset=utf-8,%3Csvg/);
    expect(image.getAttribute("width")).toBe("121");
    expect(container.querySelectorAll("svg, script, [onload]")).toHaveLength(0);
    expect(container.querySelector("details pre")?.textContent).toBe("graph TD; A-->B");
    expect(configs).toMatchObject([{ securityLevel: "strict", startOnLoad: false, htmlLabels: false }]);
  });

  test("that cannot be drawn is shown as code and reported", async () => {
    const errors: unknown[] = [];
    const failure = new Error("syntax");
    const { module } = library(() => Promise.reject(failure));
    const { container } = render(
      <Markdown
        text={"```mermaid\nnonsense\n```"}
        plugins={[mermaid(async () => module)]}
        onError={(error) => errors.push(error)}
      />,
    );
    await waitFor(() => expect(errors).toEqual([failure]));
    expect(container.querySelector("pre")?.textContent).toBe("nonsense");
  });

  test("is not drawn, and its library not loaded, while its fence is open", () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return library(async () => ({ svg: "" })).module;
    };
    const { container } = render(<Markdown text={"```mermaid\ngraph"} plugins={[mermaid(load)]} streaming />);
    expect(container.querySelector("pre")?.textContent).toBe("graph");
    expect(loads).toBe(0);
  });
});
