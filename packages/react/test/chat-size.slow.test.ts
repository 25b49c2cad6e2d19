import type { Page } from "playwright";
import { expect, test } from "vitest";

import { chatRig } from "./chat-page/chat-rig.ts";

const rig = chatRig();

async function open(style: string): Promise<Page> {
  await rig.startGateway();
  const page = await rig.open();
  await page.addStyleTag({ content: style });
  return page;
}

const sizeOf = (page: Page) =>
  page.getByRole("region", { name: "Chat" }).evaluate(({ clientWidth, clientHeight }) => ({
    width: clientWidth,
    height: clientHeight,
  }));

test("a chat to which nobody gave a size can be seen and written in", async () => {
  // A page that Vite's template begins with: everything in the middle, and as large as it is by itself.
  const page = await open(
    "body{display:flex;place-items:center;min-block-size:100vh} html,body,main{block-size:auto}",
  );
  const { width, height } = await sizeOf(page);
  expect(width).toBeGreaterThan(300);
  expect(height).toBeGreaterThan(250);
  await page.getByRole("textbox", { name: "Message" }).fill("Hi");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("Hi", { exact: true }).first().waitFor();
});

test.each([
  ["a small box", "main{inline-size:240px;block-size:200px}", { width: 240, height: 200 }],
  [
    "what a column leaves",
    "html{block-size:360px} body{display:flex;flex-direction:column} body::before{content:'';flex:none;block-size:60px} main{flex:1}",
    { width: 900, height: 300 },
  ],
  [
    "what a row leaves",
    "body{display:flex} body::before{content:'';flex:none;inline-size:500px} main{flex:1}",
    { width: 400, height: 700 },
  ],
])("a chat that was given %s is just so large", async (_, style, size) => {
  expect(await sizeOf(await open(style))).toEqual(size);
});

test("in a narrow chat nothing of what stands under the text covers its neighbour", async () => {
  const page = await open("main{inline-size:320px}");
  await page.getByRole("combobox", { name: "Thinking" }).waitFor();
  const edges = await page.evaluate(() =>
    Array.from(document.querySelectorAll("form :is(button, select)"))
      .filter((element) => element.checkVisibility())
      .map((element) => element.getBoundingClientRect())
      .flatMap(({ left, right }) => [left, right]),
  );
  expect(edges.length).toBeGreaterThanOrEqual(8);
  expect(edges).toEqual(edges.toSorted((a, b) => a - b));
});
