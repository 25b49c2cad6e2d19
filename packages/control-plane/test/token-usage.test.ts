import { expect, test } from "vitest";
import { createUsageMeter, usageIn } from "../src/model-relay/token-usage.ts";

test.each([
  ["OpenAI, chat", { usage: { prompt_tokens: 12, completion_tokens: 7 } }, { input: 12, output: 7 }],
  ["OpenAI, responses", { usage: { input_tokens: 30, output_tokens: 4 } }, { input: 30, output: 4 }],
  [
    "OpenAI, the last event of a response",
    { type: "response.completed", response: { usage: { input_tokens: 3, output_tokens: 9 } } },
    { input: 3, output: 9 },
  ],
  [
    "Anthropic, with a cache",
    {
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 1000,
        output_tokens: 2,
      },
    },
    { input: 1105, output: 2 },
  ],
  [
    "Anthropic, the first event of a stream",
    { type: "message_start", message: { usage: { input_tokens: 8, output_tokens: 1 } } },
    { input: 8, output: 1 },
  ],
  ["Anthropic, a later event", { type: "message_delta", usage: { output_tokens: 40 } }, { output: 40 }],
  ["an event before the end", { choices: [], usage: null }, null],
  ["numbers that are none", { usage: { prompt_tokens: -1, completion_tokens: "7" } }, {}],
  ["anything else", ["usage"], null],
])("reads what %s tells of its usage", (_name, value, usage) => {
  expect(usageIn(value)).toEqual(usage);
});

const STREAM = [
  { type: "message_start", message: { usage: { input_tokens: 25, output_tokens: 1 } } },
  { type: "content_block_delta", delta: { text: "what is usage? “usage”" } },
  { type: "message_delta", usage: { output_tokens: 15 } },
  { type: "message_delta", usage: { output_tokens: 31 } },
]
  .map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`)
  .join("");

test.each([1, 2, 3, 7, 64, 10_000])("counts a stream that comes in pieces of %i bytes", (size) => {
  const meter = createUsageMeter("text/event-stream; charset=utf-8", 4_000);
  const bytes = Buffer.from(STREAM);
  for (let at = 0; at < bytes.length; at += size) meter.see(bytes.subarray(at, at + size));
  expect(meter.usage()).toEqual({ input: 25, output: 31 });
});

test("a stream that was cut off is reckoned by what was asked and what had come", () => {
  const meter = createUsageMeter("text/event-stream", 4_000);
  for (const word of ["one ", "two ", "three "])
    meter.see(Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`));
  expect(meter.usage()).toEqual({ input: 1_000, output: 3 });
});

test("an answer in one piece is counted by its own words, and by its length when it says nothing", () => {
  const told = createUsageMeter("application/json", 4_000);
  told.see(Buffer.from('{"usage":{"prompt_tokens":1,'));
  told.see(Buffer.from('"completion_tokens":2}}'));
  expect(told.usage()).toEqual({ input: 1, output: 2 });
  const silent = createUsageMeter("application/json", 4_000);
  silent.see(Buffer.alloc(80, 32));
  expect(silent.usage()).toEqual({ input: 1_000, output: 20 });
});
