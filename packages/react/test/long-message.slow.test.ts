import { say, type FakeGateway } from "@automna/testing";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";

import { chatRig } from "./chat-page/chat-rig.ts";

/** As many elements as a page with a long conversation may have, however long its messages are. */
const MOST_ELEMENTS = 300;
const BLOCKS = 180;

/** One of each: a heading, a list, code, and paragraphs of different lengths, each with its number. */
function block(index: number): string {
  if (index % 10 === 3) return `## Heading ${index}.`;
  if (index % 10 === 5) return `- Item ${index}.\n- and a second one\n- and a third one`;
  if (index % 10 === 7) return `\`\`\`ts\nconst block = "Code ${index}.";\nconst more = true;\n\`\`\``;
  return `Paragraph ${index}. ${"It goes on with some more words. ".repeat(3 + ((index * 7) % 11))}`;
}

const LONG_TEXT = Array.from({ length: BLOCKS }, (_, index) => block(index)).join("\n\n");

const rig = chatRig();
let gateway: FakeGateway;
let page: Page;

/** A conversation of short messages and, if there is one, a long answer before the last question. */
async function open(answer: string | null): Promise<void> {
  gateway = await rig.startGateway();
  const turns = Array.from({ length: 20 }, (_, index) => ({
    user: `Q${index}`,
    assistant: `A${index} ${"with a few more words ".repeat(30)}`,
  }));
  gateway.seedSession("main", [
    ...turns,
    ...(answer === null ? [] : [{ user: "Tell me", assistant: answer }]),
  ]);
  page = await rig.open();
  await page.waitForSelector("[data-message-id]");
  await settled();
}

const settled = () =>
  page.evaluate(
    () =>
      new Promise<void>((done) => {
        let frames = 4;
        const next = () => ((frames -= 1) === 0 ? done() : requestAnimationFrame(next));
        requestAnimationFrame(next);
      }),
  );
const elements = () => page.evaluate(() => document.querySelectorAll("*").length);

/** The numbers of the blocks that are in sight, and where the one in the middle is. */
const seen = () =>
  page.evaluate(() => {
    const box = document.querySelector(".automna-thread")?.getBoundingClientRect();
    const inSight = [...document.querySelectorAll(".automna-markdown :is(p, h4, li, code)")].flatMap(
      (one) => {
        const number = /^(?:Paragraph|Heading|Item|const block = "Code) (\d+)\./.exec(
          one.textContent ?? "",
        )?.[1];
        const { top, bottom } = one.getBoundingClientRect();
        const isSeen = box !== undefined && bottom > box.top && top < box.bottom;
        return number !== undefined && isSeen ? [{ number: Number(number), y: top }] : [];
      },
    );
    return { numbers: inSight.map(({ number }) => number), middle: inSight[Math.floor(inSight.length / 2)] };
  });
const placeOf = (number: number) =>
  page.evaluate((wanted) => {
    const pattern = new RegExp(`^(?:Paragraph|Heading|Item|const block = "Code) ${wanted}\\.`);
    const all = [...document.querySelectorAll(".automna-markdown :is(p, h4, li, code)")];
    return all.find((one) => pattern.test(one.textContent ?? ""))?.getBoundingClientRect().top ?? null;
  }, number);
const scrollBy = (pixels: number) =>
  page.locator(".automna-thread").evaluate((element, by) => {
    element.scrollTop += by;
  }, pixels);

/** Scrolls through the message in steps. Nothing may jump, be left out or stand there twice on the way. */
async function readThrough(step: number, until: number): Promise<ReadonlySet<number>> {
  const read = new Set<number>();
  for (let turn = 0; turn < 200 && !read.has(until); turn += 1) {
    const { numbers, middle } = await seen();
    for (const number of numbers) read.add(number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(await elements()).toBeLessThanOrEqual(MOST_ELEMENTS);
    await scrollBy(step);
    await settled();
    const place = middle && (await placeOf(middle.number));
    if (middle && typeof place === "number" && !read.has(until))
      expect(Math.abs(place - (middle.y - step)), `block ${middle.number}`).toBeLessThanOrEqual(2);
  }
  return read;
}

test("a long answer is read from its end to its beginning and back without a jump, a gap or many elements", async () => {
  await open(LONG_TEXT);
  expect((await seen()).numbers).toContain(BLOCKS - 1);
  expect((await readThrough(-250, 0)).size).toBe(BLOCKS);
  expect((await readThrough(250, BLOCKS - 1)).size).toBe(BLOCKS);
});

test("a long answer keeps few elements in the document while it is written", async () => {
  await open(null);
  gateway.setModel(() => say(LONG_TEXT, { size: 200, ms: 8 }));
  await page.getByRole("textbox", { name: "Message" }).fill("go");
  await page.keyboard.press("Enter");
  const most = await page.evaluate(
    (last) =>
      new Promise<number>((done) => {
        let count = 0;
        const next = () => {
          count = Math.max(count, document.querySelectorAll("*").length);
          const isThere = document.querySelector(".automna-markdown:not([data-streaming]) .automna-blocks");
          if (isThere && document.body.textContent.includes(last)) done(count);
          else requestAnimationFrame(next);
        };
        next();
      }),
    `Paragraph ${BLOCKS - 1}.`,
  );
  expect(most).toBeLessThanOrEqual(MOST_ELEMENTS);
});

test("a jump into the middle shows what stands there", async () => {
  await open(LONG_TEXT);
  await page.locator(".automna-thread").evaluate((element) => {
    const text = element.querySelector(".automna-markdown:has(.automna-blocks)")?.getBoundingClientRect();
    if (text) element.scrollTop += text.top + text.height / 2 - element.getBoundingClientRect().top;
  });
  await settled();
  const { numbers } = await seen();
  expect(numbers.length).toBeGreaterThan(2);
  expect(Math.min(...numbers)).toBeGreaterThan(20);
  expect(Math.max(...numbers)).toBeLessThan(BLOCKS - 20);
});

test("what is selected stays selected wherever the reader scrolls", async () => {
  await open(LONG_TEXT);
  const before = await page.evaluate(() => {
    const all = [...document.querySelectorAll(".automna-markdown p")];
    const last = all.findLast((one) => one.textContent?.startsWith("Paragraph"));
    if (last) document.getSelection()?.selectAllChildren(last);
    return document.getSelection()?.toString() ?? "";
  });
  expect(before).toContain("Paragraph");
  for (let turn = 0; turn < 12; turn += 1) {
    await scrollBy(-400);
    await settled();
  }
  expect(await page.evaluate(() => document.getSelection()?.toString())).toBe(before);
});

test("all of a message can be selected and copied", async () => {
  await open(LONG_TEXT);
  await page.evaluate(() => {
    const article = [...document.querySelectorAll("article")].findLast((one) =>
      one.querySelector(".automna-blocks"),
    );
    if (article) document.getSelection()?.selectAllChildren(article);
  });
  await page.waitForFunction(() => document.getSelection()?.toString().includes("Paragraph 0.") === true);
  const selected = await page.evaluate(() => document.getSelection()?.toString() ?? "");
  expect(selected).toContain(`Paragraph ${BLOCKS - 1}.`);
  expect(selected).toContain("Paragraph 90.");
});

describe("a search", () => {
  /** What is marked as the match, and whether it is in sight. */
  const marked = () =>
    page.evaluate(() => {
      const box = document.querySelector(".automna-thread")?.getBoundingClientRect();
      const [range] = CSS.highlights.get("automna-match") ?? [];
      if (!(range instanceof Range) || !box) return null;
      const { top, bottom } = range.getBoundingClientRect();
      const parent = range.startContainer.parentElement;
      const block = parent?.closest("p, h4, li, code, .automna-plain-text");
      return {
        text: range.toString(),
        block: block?.textContent?.slice(0, 14) ?? "",
        list: parent?.closest("ul")?.firstElementChild?.textContent ?? "",
        isInSight: bottom > top && top >= box.top && bottom <= box.bottom,
      };
    });
  const position = () => page.getByRole("search").getByRole("status").textContent();

  async function find(text: string): Promise<void> {
    await page.getByRole("button", { name: "Find in conversation" }).click();
    await page.getByRole("searchbox", { name: "Find" }).fill(text);
  }

  test.each([
    ["paragraph 92", "Paragraph 92", "Paragraph 92."],
    ["Heading 33", "Heading 33", "Heading 33."],
    ["code 67", "Code 67", "const block = "],
    ["PARAGRAPH 1.", "Paragraph 1.", "Paragraph 1. "],
  ])("goes to %s in the middle of a long answer and marks it", async (query, text, block) => {
    await open(LONG_TEXT);
    await find(query);
    await expect
      .poll(marked)
      .toMatchObject({ text, block: expect.stringContaining(block.slice(0, 14)), isInSight: true });
    await settled();
    await settled();
    expect(await marked()).toMatchObject({ text, isInSight: true });
    expect(await elements()).toBeLessThanOrEqual(MOST_ELEMENTS);
  });

  test("goes from match to match of one long answer, and round", async () => {
    await open(LONG_TEXT);
    await find("and a second one");
    const count = Array.from({ length: BLOCKS }).filter((_, index) => index % 10 === 5).length;
    const steps = [
      [null, count],
      ["Enter", count - 1],
      ["Enter", count - 2],
      ["Shift+Enter", count - 1],
      ["Shift+Enter", count],
      ["Shift+Enter", 1],
    ] as const;
    for (const [key, wanted] of steps) {
      if (key !== null) await page.keyboard.press(key);
      await expect.poll(position).toBe(`${wanted} of ${count}`);
      // Of each list the second item; the first one tells which list.
      const list = `Item ${wanted * 10 - 5}.`;
      await expect.poll(marked).toMatchObject({ text: "and a second one", list, isInSight: true });
    }
  });

  test("shows the very words in a message that is higher than the window, and no mark once it is closed", async () => {
    await open(null);
    gateway.setModel(() => say("ok"));
    const words = Array.from({ length: 200 }, (_, index) => `line ${index}.`).join("\n");
    await page.getByRole("textbox", { name: "Message" }).fill(words);
    await page.keyboard.press("Enter");
    await page.getByText("ok", { exact: true }).waitFor();
    await find("line 60.");
    await expect.poll(marked).toMatchObject({ text: "line 60.", isInSight: true });
    await page.keyboard.press("Escape");
    await expect.poll(marked).toBeNull();
  });

  test("goes to the blocks around a match that is not shown", async () => {
    await open(`${LONG_TEXT}\n\n[the tide table](https://tides.test/north)\n\n${LONG_TEXT}`);
    await find("tides.test");
    await page.getByRole("link", { name: "the tide table" }).waitFor();
    await expect.poll(async () => (await marked())?.text).toContain("the tide table");
  });
});
