import type { BrowserContext, Page } from "playwright";
import { patienceMs } from "../../scripts/test-patience.ts";
import { EMAIL_CODE } from "./clerk.ts";
import { PASSWORD } from "./clerk/people.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };

/** Fills in Clerk's own forms, as a new person does, up to the chat. */
export async function signUp(origin: string, context: BrowserContext, email: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/sign-up`);
  await page.getByRole("textbox", { name: "Email address" }).fill(email, SOON);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("textbox", { name: /code/i }).pressSequentially(EMAIL_CODE);
  await page.waitForURL(`${origin}/chat`, SOON);
  return page;
}

/** The same for somebody who has an account. */
export async function signIn(origin: string, page: Page, email: string): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await page.getByRole("textbox", { name: "Email address" }).fill(email, SOON);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.waitForURL(`${origin}/chat`, SOON);
}

/** Writes into the chat. */
export async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill(text, SOON);
  await box.press("Enter");
}

/** Says something to a demo gateway and waits for the whole answer, which repeats it. */
export async function exchange(page: Page, text: string): Promise<void> {
  await say(page, text);
  const replies = page.locator('article[data-role="assistant"][data-status="complete"]');
  await replies.filter({ hasText: text }).waitFor(SOON);
}

/** What the app tells the person of this page about their gateway. */
export function gatewayOf(page: Page): Promise<{ status: number; gatewayUrl: string | undefined }> {
  return page.evaluate(async () => {
    const response = await fetch("/api/user/gateway");
    const body: { gatewayUrl?: string } = await response.json();
    return { status: response.status, gatewayUrl: body.gatewayUrl };
  });
}

/** Asks the app to change something, as the page itself would; the status of its answer. */
export const change = (page: Page, path: string, method: string, body?: object): Promise<number> =>
  page.evaluate(
    async ([address, verb, text]) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(address, { method: verb, headers, body: text })).status;
    },
    [path, method, body === undefined ? null : JSON.stringify(body)] as const,
  );

/** Knocks at a gateway from a page, as a script on it would. */
export function knock(
  page: Page,
  gatewayUrl: string,
): Promise<{ http: number; socket: "opened" | "refused" }> {
  return page.evaluate(async (address) => {
    const { status } = await fetch(address.replace(/^ws/, "http"));
    const socket = await new Promise<"opened" | "refused">((resolve) => {
      const trial = new WebSocket(address);
      trial.addEventListener("open", () => {
        trial.close();
        resolve("opened");
      });
      trial.addEventListener("error", () => resolve("refused"));
    });
    return { http: status, socket };
  }, gatewayUrl);
}

/** An address that lets whoever opens it first into the own pages of this person's agent. */
export async function launchUrlOf(page: Page): Promise<string> {
  const instanceId = idIn((await gatewayOf(page)).gatewayUrl);
  return page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch("/api/launch", { method: "POST", headers, body });
    const answer: { url: string } = await response.json();
    return answer.url;
  }, JSON.stringify({ instanceId }));
}

/** The id of an agent in an address of it. */
export const idIn = (url = ""): string => /[0-9a-f]{24}/.exec(url)?.[0] ?? "";
