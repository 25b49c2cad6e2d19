import { say, type FakeGateway, type Model } from "@automna/testing";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";

import { chatRig } from "./chat-page/chat-rig.ts";

const rig = chatRig();
let gateway: FakeGateway;
let page: Page;

async function open(turns: number): Promise<void> {
  gateway = await rig.startGateway();
  gateway.seedSession(
    "main",
    Array.from({ length: turns }, (_, index) => ({
      user: `Question ${index}`,
      assistant: `Answer ${index}.\n\n${"A paragraph of some length. ".repeat(3 + (index % 7) * 4)}`,
    })),
  );
  await openPage();
  await atEnd(true);
}

async function openPage(link: { readonly messageId?: string } = {}): Promise<void> {
  page = await rig.open(link);
  await page.waitForSelector("[data-message-id]");
}

const thread = () => page.locator(".automna-thread");
const offset = () => thread().evaluate((element) => element.scrollTop);
const content = () => thread().evaluate((element) => element.scrollHeight);

async function atEnd(wanted: boolean): Promise<void> {
  await page.waitForFunction((expected) => {
    const element = document.querySelector(".automna-thread");
    if (!element) return false;
    return element.scrollHeight - element.clientHeight - element.scrollTop <= 1 === expected;
  }, wanted);
}

async function growsBy(pixels: number): Promise<void> {
  const before = await content();
  await page.waitForFunction(
    ([from, by]) => (document.querySelector(".automna-thread")?.scrollHeight ?? 0) > from + by,
    [before, pixels] as const,
  );
}

/** A reply that is longer than any test watches it, however slow the machine is. */
const endless: Model = () => say("Some words of a streaming reply. ".repeat(5_000), { size: 80, ms: 30 });

async function send(text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
}

describe("pain point 9: auto-scroll fights the reader, or jumps", () => {
  test("follows a reply, stays where the reader scrolled up to, and follows again on demand", async () => {
    await open(20);
    gateway.setModel(endless);
    await send("go");
    await growsBy(200);
    await atEnd(true);

    await page.mouse.move(400, 300);
    const before = await offset();
    await page.mouse.wheel(0, -400);
    await page.waitForFunction(
      (from) => (document.querySelector(".automna-thread")?.scrollTop ?? 0) < from,
      before,
    );
    await page.getByRole("button", { name: /latest message/ }).waitFor();
    const left = await offset();
    await growsBy(200);
    expect(await offset()).toBe(left);

    await page.getByRole("button", { name: /latest message/ }).click();
    await atEnd(true);
    await growsBy(100);
    await atEnd(true);
  });

  test("earlier messages come above the reader without moving what is read", async () => {
    await open(300);
    const firstRow = () =>
      page.evaluate(() => {
        const top = document.querySelector(".automna-thread")?.getBoundingClientRect().top ?? 0;
        const rows = [...document.querySelectorAll<HTMLElement>("[data-message-id]")];
        const row = rows.find((one) => one.getBoundingClientRect().bottom > top + 150);
        return { id: row?.dataset["messageId"] ?? "", y: row?.getBoundingClientRect().top ?? 0 };
      });
    gateway.slow("chat.history", 4_000);
    await page.mouse.move(400, 300);
    for (let turn = 0; turn < 200 && (await offset()) > 500; turn += 1) {
      const before = await offset();
      await page.mouse.wheel(0, -2_000);
      await page.waitForFunction(
        (from) => (document.querySelector(".automna-thread")?.scrollTop ?? 0) < from,
        before,
      );
    }
    await page.getByRole("button", { name: "Loading earlier messages…" }).waitFor({ state: "attached" });
    const read = await firstRow();
    await growsBy(2_000);
    await page.waitForFunction((id) => document.querySelector(`[data-message-id="${id}"]`) !== null, read.id);
    const y = await page.evaluate(
      (id) => document.querySelector(`[data-message-id="${id}"]`)?.getBoundingClientRect().top ?? 0,
      read.id,
    );
    expect(Math.abs(y - read.y)).toBeLessThanOrEqual(2);
  });

  test("a row that opens above the reader moves nothing that is read", async () => {
    await open(40);
    await page.mouse.move(400, 300);
    await page.mouse.wheel(0, -1_500);
    await page.getByRole("button", { name: /latest message/ }).waitFor();
    const settled = () =>
      page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done))));
    await settled();
    const seen = () =>
      page.evaluate(() => {
        const top = document.querySelector(".automna-thread")?.getBoundingClientRect().top ?? 0;
        const rows = [...document.querySelectorAll<HTMLElement>("[data-row-id]")];
        const at = rows.findIndex((row) => row.getBoundingClientRect().bottom > top + 1);
        const above = rows[at - 1];
        return { above: above?.dataset["rowId"] ?? "", y: rows[at]?.getBoundingClientRect().top ?? 0, at };
      });
    const before = await seen();
    await page.evaluate(
      (id) =>
        document
          .querySelector<HTMLElement>(`[data-row-id="${id}"]`)
          ?.style.setProperty("padding-top", "90px"),
      before.above,
    );
    await settled();
    expect(Math.abs((await seen()).y - before.y)).toBeLessThanOrEqual(1);
  });

  test("a reply that grows tells of no loop between sizes and their observers", async () => {
    await open(20);
    await page.evaluate(() => {
      const loops: string[] = [];
      addEventListener("error", ({ message }) => loops.push(message));
      Object.assign(window, { loops });
    });
    gateway.setModel(endless);
    await send("go");
    await growsBy(1_500);
    expect(await page.evaluate(() => "loops" in window && window.loops)).toEqual([]);
  });
});

describe("pain point 7: large sessions freeze the tab", () => {
  test("a long conversation keeps few elements in the document", async () => {
    await open(500);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThanOrEqual(300);
  });

  test("a window that becomes wider, narrower or higher shows the same message", async () => {
    await open(60);
    const settled = () =>
      page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done))));
    await thread().evaluate((element) => {
      element.scrollTop -= 2_500;
    });
    await settled();
    await page.evaluate(() => document.querySelectorAll("[data-row-id]")[4]?.scrollIntoView());
    await settled();
    const topRow = () =>
      page.evaluate(() => {
        const top = document.querySelector(".automna-thread")?.getBoundingClientRect().top ?? 0;
        const rows = [...document.querySelectorAll<HTMLElement>("[data-row-id]")];
        return rows.find((row) => row.getBoundingClientRect().bottom > top + 1)?.dataset["rowId"] ?? "";
      });
    const read = await topRow();
    for (const size of [
      { width: 420, height: 700 },
      { width: 1_300, height: 500 },
      { width: 900, height: 900 },
    ]) {
      await page.setViewportSize(size);
      await page.waitForFunction((id) => {
        const top = document.querySelector(".automna-thread")?.getBoundingClientRect().top ?? 0;
        const rows = [...document.querySelectorAll<HTMLElement>("[data-row-id]")];
        return rows.find((row) => row.getBoundingClientRect().bottom > top + 1)?.dataset["rowId"] === id;
      }, read);
    }
  });
});

describe("finding one's way", () => {
  test("a search shows a message that is not in the document, and leaves the focus in the field", async () => {
    await open(100);
    await page.getByRole("button", { name: "Find in conversation" }).click();
    await page.keyboard.type("Question 12");
    await page.locator("[data-target]", { hasText: "Question 12" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("search");
    await page.keyboard.press("Escape");
    expect(await page.locator("[data-target]").count()).toBe(0);
  });

  test("who scrolls away from what they write finds it again, with the focus in it", async () => {
    await open(80);
    await page.getByRole("article").last().hover();
    await page.getByRole("button", { name: "Edit and send again" }).last().click();
    await page.keyboard.type(" and more");
    const editor = page.locator(".automna-editor textarea");
    const words = await editor.inputValue();
    expect(words).toContain(" and more");
    await page.getByRole("log").evaluate((element) => {
      element.scrollTop = 500;
    });
    await page.getByText("Question 3", { exact: true }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await page.getByRole("log").evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await atEnd(true);
    await page.waitForFunction(() => document.querySelector("[data-away]") === null);
    expect(await editor.inputValue()).toBe(words);
    expect(await editor.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("a link to an old message loads the pages up to it, shows it and moves the focus there", async () => {
    await open(300);
    await page.getByRole("log").focus();
    const beginning = page.getByText("This is the beginning of the conversation.");
    while ((await beginning.count()) === 0) {
      const before = await content();
      await page.keyboard.press("Home");
      await page.waitForFunction(
        (from) =>
          (document.querySelector(".automna-thread")?.scrollHeight ?? 0) > from + 1_000 ||
          document.querySelector(".automna-thread-beginning") !== null,
        before,
      );
    }
    await page.keyboard.press("Home");
    const row = page.locator("[data-message-id]", { hasText: /^Answer 1\./ });
    await row.waitFor();
    const messageId = (await row.getAttribute("data-message-id")) ?? "";
    await page.close();

    await openPage({ messageId });
    await page.locator(`[data-message-id="${messageId}"][data-target]`).waitFor();
    await page.waitForFunction(
      (id) => document.activeElement?.getAttribute("data-message-id") === id,
      messageId,
    );
  });
});

describe("who wants less motion", () => {
  const moving = () =>
    page.evaluate(
      () =>
        document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1)
          .length,
    );

  test.each(["no-preference", "reduce"] as const)(
    "%s: gets none while a reply is waited for",
    async (wish) => {
      await open(2);
      await page.emulateMedia({ reducedMotion: wish });
      gateway.setModel(() => [{ do: "hang" }]);
      await send("go");
      await page.getByText("Thinking…").waitFor({ state: "attached" });
      expect((await moving()) === 0).toBe(wish === "reduce");
    },
  );
});
