import { expect, test } from "vitest";

import { chatRig } from "./chat-page/chat-rig.ts";

const rig = chatRig();

test("a thread and a composer in a ChatProvider show the whole history, and sending brings its end into sight", async () => {
  const gateway = await rig.startGateway();
  gateway.seedSession(
    "main",
    Array.from({ length: 15 }, (_, index) => ({
      user: `Question ${index}`,
      assistant: `Answer ${index}.\n\n${"A paragraph of some length. ".repeat(12)}`,
    })),
  );
  const page = await rig.open({ parts: true });
  await page.getByText("Answer 14.").waitFor();
  const thread = page.getByRole("log");
  const box = await thread.boundingBox();
  expect(box?.height).toBeLessThan(700);
  await thread.focus();
  await page.keyboard.press("Home");
  await page.getByText("Question 0", { exact: true }).waitFor();
  // The rows that come into sight on the way down.
  await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100);
  for (let index = 0; index < 15; index += 1) {
    const row = page.getByText(`Answer ${index}.`);
    while ((await row.count()) === 0) await page.mouse.wheel(0, 200);
    await row.scrollIntoViewIfNeeded();
  }
  await thread.focus();
  await page.keyboard.press("Home");
  await page.getByText("Question 0", { exact: true }).waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill("One more");
  await page.keyboard.press("Enter");
  await page.getByText("One more", { exact: true }).waitFor();
  await page.waitForFunction(() => {
    const log = document.querySelector(".automna-thread");
    return log !== null && log.scrollHeight - log.clientHeight - log.scrollTop <= 1;
  });
});
