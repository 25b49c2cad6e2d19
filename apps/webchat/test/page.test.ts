import { expect, onTestFinished, test, vi } from "vitest";

import { PageAccess, takeTicket, type Opening } from "../page/access-key.ts";
import { fittingSize } from "../page/smaller-picture.ts";
import { pageStrings } from "../page/strings.ts";
import { startTestWebchat, type TestWebchat } from "./support/test-webchat.ts";

function storage() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

/** The page's access, talking to a real server. */
function access(web: Pick<TestWebchat, "port">, tab = storage()) {
  const locks: number[] = [];
  const asked: string[] = [];
  const page = new PageAccess({
    storage: tab,
    onLocked: () => locks.push(Date.now()),
    fetch: (input, init) => {
      const path = input instanceof Request ? input.url : input.toString();
      asked.push(path);
      return fetch(new URL(path, `http://127.0.0.1:${web.port}`), init);
    },
  });
  return { page, tab, locks, asked };
}

const ticketOf = (web: TestWebchat): string => web.launchUrl().split("#token=")[1] ?? "";

test.each([
  ["http://h/webchat/#token=abc", "abc", "/webchat/"],
  ["http://h/webchat/?session=trip&token=abc", "abc", "/webchat/?session=trip"],
  ["http://h/webchat/?session=trip#token=abc&x=1", "abc", "/webchat/?session=trip#x=1"],
  ["http://h/webchat/?session=trip", null, "/webchat/?session=trip"],
])("the ticket is taken out of %s", (address, ticket, rest) => {
  expect(takeTicket(address)).toEqual({ ticket, address: rest });
});

test("a page with a link is open, stays open when it is loaded again, and closed to another tab", async () => {
  const web = await startTestWebchat();
  const first = access(web);
  const open: Opening = { kind: "open", sessionKey: "main" };
  expect(await first.page.open(ticketOf(web))).toEqual(open);
  expect((await first.page.fetch("/webchat/history")).status).toBe(200);
  expect(await access(web, first.tab).page.open(null)).toEqual(open);
  expect(await access(web).page.open(null)).toEqual({ kind: "needs-link" });
});

test("a link that was used already opens nothing", async () => {
  const web = await startTestWebchat();
  const ticket = ticketOf(web);
  await access(web).page.open(ticket);
  expect(await access(web).page.open(ticket)).toEqual({ kind: "needs-link" });
});

test("a token that has ended is renewed by the request that needs it", async () => {
  const web = await startTestWebchat();
  const { page, asked, locks } = access(web);
  await page.open(ticketOf(web));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect((await page.fetch("/webchat/history")).status).toBe(200);
  expect(asked).toContain("/webchat/token");
  expect(locks).toEqual([]);
});

test("a token is renewed by itself when a quarter of its life is left, and so is the next", async () => {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  const renewedAt: number[] = [];
  const page = new PageAccess({
    storage: storage(),
    onLocked: () => expect.unreachable(),
    fetch: (input) => {
      if (input === "/webchat/token") renewedAt.push(Date.now());
      const expiresAt = Date.now() + 100_000;
      return Promise.resolve(
        Response.json({
          key: "the-key",
          token: "a-token",
          expiresAt,
          sessionKey: "main",
          tokenRequired: true,
        }),
      );
    },
  });
  await page.open("the-ticket");
  await vi.advanceTimersByTimeAsync(74_999);
  expect(renewedAt).toEqual([]);
  await vi.advanceTimersByTimeAsync(75_001);
  expect(renewedAt).toEqual([75_000, 150_000]);
});

test("a web chat that was started again takes no old key, and the page says what it needs", async () => {
  const web = await startTestWebchat();
  const { page, tab, locks } = access(web);
  await page.open(ticketOf(web));
  await web.close();
  const next = await startTestWebchat({ port: web.port });
  expect((await page.fetch("/webchat/history")).status).toBe(401);
  expect(locks.length).toBeGreaterThan(0);
  expect(tab.values.size).toBe(0);
  expect(await access(next, tab).page.open(null)).toEqual({ kind: "needs-link" });
});

test("a server that is away is unreachable, and the key is kept for when it is back", async () => {
  const web = await startTestWebchat();
  const { page, tab } = access(web);
  await page.open(ticketOf(web));
  await web.close();
  expect(await access(web, tab).page.open(null)).toEqual({ kind: "unreachable" });
  expect(tab.values.size).toBe(1);
});

test("a web chat without tokens needs no link", async () => {
  const web = await startTestWebchat({ needsToken: false });
  const { page } = access(web);
  expect(await page.open(null)).toEqual({ kind: "open", sessionKey: "main" });
  expect((await page.fetch("/webchat/history")).status).toBe(200);
});

test.each([
  [2_000, 1_000, null],
  [2_001, 100, { width: 2_000, height: 100 }],
  [4_000, 3_000, { width: 2_000, height: 1_500 }],
  [10, 20_000, { width: 1, height: 2_000 }],
])("a picture of %i by %i pixels is sent as %j", (width, height, expected) => {
  expect(fittingSize(width, height)).toEqual(expected);
});

test("the page speaks every language of the chat", () => {
  expect(["en", "de-CH", "es", "zh", "ar"].map((locale) => pageStrings(locale).unreachable)).toEqual([
    "Web chat server unreachable",
    "Der Webchat-Server ist nicht erreichbar",
    "No se puede acceder al servidor del chat web",
    "无法连接网页聊天服务器",
    "يتعذّر الوصول إلى خادم دردشة الويب",
  ]);
});
