import { say, tool, type FakeGateway, type Model } from "@automna/testing";
import type { BrowserContextOptions, Page } from "playwright";
import { describe, expect, test } from "vitest";

import { clippedTexts, focusStop, smallTargets } from "./chat-page/look-closely.ts";
import { chatRig } from "./chat-page/chat-rig.ts";

const OLD = `A **plan** for the harbour, with [the tide table](https://tides.test/).

| Day | High | Low | Remarks |
| --- | --: | --: | --- |
| Monday | 06:12 | 12:25 | closed for large ships in the afternoon |

\`\`\`sh
tide --station "north pier" --days 14 --format table --unit metres --datum lat
\`\`\``;

const model: Model = ({ message }) =>
  message.includes("disk")
    ? [
        tool("exec", { command: "df -h" }, "42 %", { ms: 50, needsApproval: true }),
        ...say("The disk is fine."),
      ]
    : message.includes("long")
      ? say("Word after word. ".repeat(5_000), { size: 20, ms: 20 })
      : say(`You said: ${message}`, { size: 8, ms: 15 });

const rig = chatRig();
let gateway: FakeGateway;
let page: Page;

async function open(context: BrowserContextOptions): Promise<void> {
  gateway = await rig.startGateway({ model });
  gateway.seedSession("main", [
    { user: "What is the plan?", assistant: OLD },
    { user: "Thanks", assistant: "You are welcome." },
  ]);
  gateway.seedSession("agent:main:trip", [{ user: "Rome?", assistant: "In May." }], {
    label: "Trip to Rome",
  });
  page = await rig.open(
    { sessions: true, scopes: ["operator.read", "operator.write", "operator.approvals"] },
    context,
  );
  await page.getByRole("table").waitFor();
  await page.getByRole("combobox", { name: "Model" }).waitFor();
}

const composer = () => page.getByRole("textbox", { name: "Message" });
const focused = () =>
  page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
  );

/** Presses Tab (or Shift+Tab) until `name` has the focus. */
async function tabTo(name: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const seen: unknown[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press(key);
    const now = await focused();
    if (now === name) return;
    seen.push(now);
  }
  throw new Error(`"${name}" is not reached with ${key}: ${seen.join(", ")}`);
}

const DESK = { viewport: { width: 1000, height: 720 } };
const PHONE = { viewport: { width: 360, height: 640 } };
/** 1280 × 1024 at 400 % (WCAG 1.4.10). */
const ZOOMED = { viewport: { width: 320, height: 256 } };

describe("WCAG 2.5.8: a target is 24 pixels wide and high, or stands apart", () => {
  test.each([
    ["at a desk", DESK],
    ["on a phone", PHONE],
  ])("%s, with the sessions and the search open", async (_name, context) => {
    await open(context);
    expect(await page.evaluate(smallTargets)).toEqual([]);
    await page.getByRole("button", { name: "Find in conversation" }).click();
    await page.getByRole("searchbox", { name: "Find" }).fill("plan");
    await page.getByRole("button", { name: "Show sessions" }).click();
    await page.getByRole("button", { name: "Actions for Trip to Rome" }).click();
    expect(await page.evaluate(smallTargets)).toEqual([]);
  });
});

describe("WCAG 2.4.7, 2.4.11: what has the focus is marked and not hidden", () => {
  test.each([
    ["at a desk", DESK],
    ["on a phone", PHONE],
    ["zoomed to 400 %", ZOOMED],
  ])("%s", async (_name, context) => {
    await open(context);
    const hidden: unknown[] = [];
    const stops: string[] = [];
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(focusStop);
      if (stop === null) break;
      stops.push(stop.name);
      if (!stop.isInSight || !stop.isMarked) hidden.push(stop);
    }
    expect(hidden).toEqual([]);
    expect(stops).toEqual(expect.arrayContaining(["Show sessions", "Conversation", "Message", "Send"]));
  });

  test("the list of sessions that lies over a narrow chat goes when the focus leaves it", async () => {
    await open(PHONE);
    await page.getByRole("button", { name: "Show sessions" }).click();
    const list = page.getByRole("navigation", { name: "Sessions" });
    await list.waitFor();
    for (let presses = 0; presses < 20 && (await list.count()) > 0; presses += 1) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(focusStop)).toMatchObject({ isInSight: true });
    }
    expect(await list.count()).toBe(0);
  });
});

test("WCAG 1.4.10: at 320 pixels nothing has to be scrolled sideways, and there is room to read and to write", async () => {
  await open(ZOOMED);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(320);
  const outside = await page.evaluate(() =>
    Array.from(document.querySelectorAll("button, select, textarea"))
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < -0.5 || right > window.innerWidth + 0.5;
      })
      .map((element) => element.getAttribute("aria-label") ?? element.textContent),
  );
  expect(outside).toEqual([]);
  await composer().fill("one\ntwo\nthree\nfour");
  const box = await composer().boundingBox();
  const thread = await page.getByRole("log").boundingBox();
  expect(box!.y + box!.height).toBeLessThanOrEqual(256);
  expect(box!.height).toBeGreaterThanOrEqual(40);
  expect(thread!.height).toBeGreaterThanOrEqual(60);
});

test("WCAG 1.4.12: with wider text spacing nothing is cut off", async () => {
  await open(PHONE);
  await page.addStyleTag({
    content: `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
      p { margin-block-end: 2em !important; }`,
  });
  expect(await page.evaluate(clippedTexts)).toEqual([]);
});

test("in forced colours the connection, the focus and whose message it is can still be seen", async () => {
  await open({ ...DESK, forcedColors: "active" });
  const dot = page.getByRole("img", { name: "Connected" });
  const looks = await dot.evaluate((element) => {
    const { backgroundColor, borderStyle } = getComputedStyle(element);
    return { isSeen: backgroundColor !== getComputedStyle(document.body).backgroundColor, borderStyle };
  });
  expect(looks).toEqual({ isSeen: true, borderStyle: "solid" });
  await composer().focus();
  const ring = page.locator(".automna-composer-box");
  expect(await ring.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
  const own = page.locator('[data-role="user"] .automna-message-body').first();
  expect(await own.evaluate((element) => getComputedStyle(element).borderStyle)).toBe("solid");
});

test("who wants less motion sees none, also while a reply streams", async () => {
  await open({ ...DESK, reducedMotion: "reduce" });
  await composer().fill("a long one");
  await composer().press("Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  const moving = await page.evaluate(() =>
    document.getAnimations().flatMap((animation) => {
      const { iterations = 1, duration = 0 } = animation.effect?.getTiming() ?? {};
      return iterations > 1 || Number(duration) > 10 ? `${iterations} × ${String(duration)}` : [];
    }),
  );
  expect(moving).toEqual([]);
});

test("the whole chat is used with the keyboard alone, and a screen reader hears beginnings and ends", async () => {
  await open(DESK);
  await page.locator("[data-automna-announcer]").waitFor({ state: "attached" });
  const heard: string[] = [];
  await page.exposeFunction("hear", (text: string) => void heard.push(text));
  await page.evaluate(() => {
    const announcer = document.querySelector("[data-automna-announcer]");
    const tell = () => {
      const text = announcer?.textContent ?? "";
      if (text !== "") void Reflect.get(window, "hear")(text);
    };
    if (announcer)
      new MutationObserver(tell).observe(announcer, { subtree: true, childList: true, characterData: true });
  });

  await tabTo("Message");
  await page.keyboard.type("Good morning");
  await page.keyboard.press("Enter");
  await page.getByText("You said: Good morning", { exact: true }).waitFor();
  await expect
    .poll(() => heard)
    .toEqual(["The assistant is replying.", "The assistant replied: You said: Good morning"]);

  // The agent asks; the answer is given without a mouse.
  await page.keyboard.type("How full is the disk?");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Allow once" }).waitFor();
  await tabTo("Allow once", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByText("The disk is fine.", { exact: true }).waitFor();

  // A long reply is stopped with Escape, and the keyboard scrolls the thread.
  await tabTo("Message");
  await page.keyboard.type("a long one");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Stopped", { exact: true }).waitFor();
  await tabTo("Conversation", "Shift+Tab");
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: /Jump to/ }).waitFor();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: /Jump to/ }).waitFor({ state: "detached" });

  // Search: opened, used, closed; the focus is back where it came from.
  await tabTo("Find in conversation", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.type("welcome");
  await page.keyboard.press("Enter");
  await page.locator("[data-target]", { hasText: "You are welcome." }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(focused).toBe("Find in conversation");

  // Another session, and back.
  await tabTo("Show sessions", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Sessions" }).waitFor();
  await page.getByRole("button", { name: /^Trip to Rome/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText("In May.").waitFor();
});
