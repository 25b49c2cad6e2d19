import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { readTurn } from "./model-script.ts";

/** A stand-in for OpenAI and for Anthropic, with the interfaces that gateways ask them by. */
export interface ProviderServer {
  /** Up to and including the version segment. */
  readonly baseUrl: string;
  /** In order of arrival. */
  readonly requests: readonly {
    readonly path: string;
    readonly key: string | null;
    readonly model: string;
  }[];
  stop(): Promise<void>;
}

interface Question {
  readonly model: string;
  readonly messages: readonly { role: string; content: unknown }[];
}

interface Interface {
  readonly questionOf: (body: Record<string, unknown>) => readonly unknown[];
  readonly events: (text: string, model: string) => readonly ({ readonly type: string } & object)[];
}

/** Answers `Echo: ` and what the person wrote, as a stream. */
export async function startProviderServer(): Promise<ProviderServer> {
  const requests: ProviderServer["requests"][number][] = [];
  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    const path = req.url ?? "";
    const spoken = INTERFACES[path];
    if (spoken === undefined) return res.writeHead(404).end();
    const { model, messages } = questionIn(await json(req), spoken);
    requests.push({ path, key: keyOf(req), model });
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of spoken.events(`Echo: ${readTurn(messages).userText}`, model))
      res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    return res.end();
  };
  // Who asks is gone, or asks what nobody can read: it is not left waiting.
  const server = createServer((req, res) => void serve(req, res).catch(() => res.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The provider has no TCP port.");
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function keyOf({ headers }: IncomingMessage): string | null {
  const own = headers["x-api-key"];
  return typeof own === "string" ? own : (headers.authorization?.replace(/^Bearer /i, "") ?? null);
}

function questionIn(body: unknown, { questionOf }: Interface): Question {
  if (!isRecord(body)) throw new Error("The question is no object.");
  const messages = questionOf(body)
    .filter(isRecord)
    .map(({ role, content }) => ({ role: String(role), content }));
  return { model: String(body["model"]), messages };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const INTERFACES: Readonly<Record<string, Interface | undefined>> = {
  "/v1/responses": { questionOf: ({ input }) => listIn(input), events: response },
  "/v1/messages": { questionOf: ({ messages }) => listIn(messages), events: message },
};

function response(text: string, model: string) {
  const part = { type: "output_text", text, annotations: [] };
  const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [part] };
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const whole = {
    id: "resp_1",
    object: "response",
    created_at: 0,
    model,
    status: "completed",
    output: [item],
  };
  const place = { output_index: 0, item_id: item.id };
  return [
    { type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
    { type: "response.output_item.added", ...place, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...place, content_index: 0, part: { ...part, text: "" } },
    { type: "response.output_text.delta", ...place, content_index: 0, delta: text },
    { type: "response.output_text.done", ...place, content_index: 0, text },
    { type: "response.content_part.done", ...place, content_index: 0, part },
    { type: "response.output_item.done", ...place, item },
    { type: "response.completed", response: { ...whole, usage } },
  ].map((event, at) => ({ ...event, sequence_number: at }));
}

function message(text: string, model: string) {
  const usage = { input_tokens: 10, output_tokens: 5 };
  const whole = { id: "msg_1", type: "message", role: "assistant", model, content: [], usage };
  return [
    { type: "message_start", message: { ...whole, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}
