import type { RelayedPath } from "./relayed-request.ts";

/** A sentence of the relay's own in the place of a model's answer. */
export interface Notice {
  readonly contentType: string;
  readonly body: string;
}

interface NoticeOptions {
  readonly path: RelayedPath;
  readonly stream: boolean;
  readonly model: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const ID = "automna_notice";

/**
 * Says something to the person in the interface that the gateway asked by. Gateways show people none of a provider's
 * error texts, and try some errors again for minutes; an answer they show as it is.
 */
export function noticeAnswer(options: NoticeOptions): Notice {
  const { path, stream } = options;
  const { whole, events } = SHAPES[path](options);
  if (!stream) return { contentType: "application/json", body: JSON.stringify(whole) };
  const lines = events.map((event) => {
    if (typeof event === "string") return `data: ${event}\n\n`;
    const name = "type" in event ? `event: ${String(event.type)}\n` : "";
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });
  return { contentType: "text/event-stream", body: lines.join("") };
}

interface Shape {
  readonly whole: object;
  readonly events: readonly (object | string)[];
}

const SHAPES: Readonly<Record<RelayedPath, (options: NoticeOptions) => Shape>> = {
  "/chat/completions": chatCompletion,
  "/responses": response,
  "/messages": message,
};

function chatCompletion({ model, text, now }: NoticeOptions): Shape {
  const envelope = { id: ID, created: seconds(now), model };
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  const chunk = { ...envelope, object: "chat.completion.chunk" };
  const said = { role: "assistant", content: text };
  return {
    whole: {
      ...envelope,
      object: "chat.completion",
      choices: [{ index: 0, message: said, finish_reason: "stop" }],
      usage,
    },
    events: [
      { ...chunk, choices: [{ index: 0, delta: said, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      { ...chunk, choices: [], usage },
      "[DONE]",
    ],
  };
}

function response({ model, text, now }: NoticeOptions): Shape {
  const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
  const part = { type: "output_text", text, annotations: [] };
  const item = { type: "message", id: `${ID}_item`, role: "assistant", status: "completed", content: [part] };
  const whole = {
    id: ID,
    object: "response",
    created_at: seconds(now),
    model,
    status: "completed",
    output: [item],
    usage,
  };
  const begun = { ...whole, status: "in_progress", output: [], usage: null };
  const place = { output_index: 0, item_id: item.id };
  const events = [
    { type: "response.created", response: begun },
    { type: "response.output_item.added", ...place, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...place, content_index: 0, part: { ...part, text: "" } },
    { type: "response.output_text.delta", ...place, content_index: 0, delta: text },
    { type: "response.output_text.done", ...place, content_index: 0, text },
    { type: "response.content_part.done", ...place, content_index: 0, part },
    { type: "response.output_item.done", ...place, item },
    { type: "response.completed", response: whole },
  ];
  return { whole, events: events.map((event, at) => ({ ...event, sequence_number: at })) };
}

function message({ model, text }: NoticeOptions): Shape {
  const usage = { input_tokens: 0, output_tokens: 0 };
  const whole = {
    id: ID,
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage,
  };
  return {
    whole,
    events: [
      { type: "message_start", message: { ...whole, content: [], stop_reason: null } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
      { type: "message_stop" },
    ],
  };
}

const seconds = (ms: number) => Math.floor(ms / 1000);
