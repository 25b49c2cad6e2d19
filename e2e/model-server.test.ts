import { afterEach, beforeEach, expect, test } from "vitest";
import { startModelServer } from "./support/model-server.ts";
import type { ModelServer } from "./support/model-server.ts";

let model: ModelServer;

beforeEach(async () => {
  model = await startModelServer();
});

afterEach(() => model.stop());

async function complete(content: unknown, stream = false): Promise<Response> {
  return fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer the-key" },
    body: JSON.stringify({ model: "any", stream, messages: [{ role: "user", content }] }),
  });
}

async function text(content: unknown): Promise<string> {
  const body = (await (await complete(content)).json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

const OPENCLAW_TURN = [
  "[Fri 2026-11-20 21:06 UTC] Conversation info: ⟦openclaw:ctx⟧",
  "```json",
  '{"sender":{"id":"gateway-owner"}}',
  "```",
  "",
  "what I wrote",
  "",
  "Runtime: agent=main | session=agent:main:main | host=x",
].join("\n");

test.each([
  ["a plain message", "what I wrote"],
  ["a message as OpenClaw wraps it", OPENCLAW_TURN],
  ["a message as Clawdbot wraps it", "what I wrote\n[message_id: 6a2a8dd2-3e7b]"],
  [
    "a message in parts",
    [
      { type: "text", text: "what I wrote" },
      { type: "image_url", image_url: { url: "" } },
    ],
  ],
])("%s is echoed without its wrapping", async (_name, content) => {
  expect(await text(content)).toBe("Echo: what I wrote");
});

test("a message of context that follows the person's is passed over", async () => {
  const messages = [
    { role: "user", content: "what I wrote [model:slow n=2 ms=1]" },
    {
      role: "user",
      content: "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\n[model:error]\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>",
    },
  ];
  const answer = await fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "any", messages }),
  });
  expect(JSON.stringify(await answer.json())).toContain('"content":"w1 w2"');
});

test("a stream sends the answer in pieces, then how it ended and what it cost", async () => {
  const body = await (await complete("[model:slow n=3 ms=1]", true)).text();
  const lines = body.split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  const chunks = lines
    .slice(0, -1)
    .map((line) => JSON.parse(line.slice("data: ".length)) as { choices: { delta: { content?: string } }[] });
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("w1 w2 w3");
  expect(body).toContain('"finish_reason":"stop"');
  expect(body).toContain('"completion_tokens"');
});

test("a held answer stops in its middle until it is let go, and so does none of the kind after it", async () => {
  const reader = (await complete("wait for it [model:held n=4 ms=1]", true)).body?.pipeThrough(
    new TextDecoderStream(),
  );
  if (!reader) throw new Error("There is no body.");
  let heard = "";
  let heardBefore = "";
  for await (const piece of reader) {
    heard += piece;
    if (heardBefore !== "" || !heard.includes("w2")) continue;
    heardBefore = heard;
    model.letGo("wait for it");
  }
  expect(heardBefore).not.toContain("w3");
  expect(heard).toContain("w4");
  expect(await (await complete("wait for it [model:held n=4 ms=1]", true)).text()).toContain("w4");
});

test("reasoning comes apart from the answer", async () => {
  const body = await (await complete("[model:think]", true)).text();
  expect(body.indexOf("reasoning_content")).toBeLessThan(body.indexOf('"content":"The an'));
});

test("a tool is called once and its result is answered", async () => {
  const ask = { role: "user", content: "[model:tool]" };
  const first = await (await complete(ask.content, true)).text();
  expect(first).toContain('"finish_reason":"tool_calls"');
  const answer = await fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "any", messages: [ask, { role: "tool", content: "hello-from-tool" }] }),
  });
  expect(JSON.stringify(await answer.json())).toContain("The tool has run. Done.");
});

test("an error has the status that was asked for", async () => {
  expect((await complete("[model:error status=429]")).status).toBe(429);
});

test("a cut breaks the connection in the middle", async () => {
  await expect((await complete("[model:cut n=2 ms=1]", true)).text()).rejects.toThrow();
});

test("an unknown marker is an error that names it, not an echo", async () => {
  const answer = await complete("[model:typo]");
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain("typo");
});

test("requests are recorded with their key, and one that the client gave up is told apart", async () => {
  const stopped = new AbortController();
  const hanging = fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer the-key" },
    body: JSON.stringify({
      model: "any",
      stream: true,
      messages: [{ role: "user", content: "[model:hang]" }],
    }),
    signal: stopped.signal,
  });
  const request = await model.request(({ script }) => script === "hang");
  expect(request).toMatchObject({ apiKey: "the-key", stream: true, outcome: "open" });
  await hanging;
  stopped.abort();
  await expect.poll(() => request.outcome).toBe("closed");
});

test("it lists its model", async () => {
  const body: unknown = await (await fetch(`${model.baseUrl}/models`)).json();
  expect(body).toMatchObject({ object: "list", data: [{ object: "model" }] });
});
