import { parseJson } from "./json.ts";

const MAX_EVENT = 16_777_216;

/** The `data` of each server-sent event of a stream, as JSON. What is no JSON is left out. Ends when the stream does. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<unknown, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? "";
    if (text.length > MAX_EVENT) throw new Error("The stream sends an event without an end.");
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): unknown {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).replace(/^ /, ""))
    .join("\n");
  return parseJson(data);
}
