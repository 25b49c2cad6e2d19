import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  type Admission,
  createModelRelay,
  createUsageLedger,
  instanceOfRelayKey,
  isRelayKey,
  type ModelRelayOptions,
  relayKeyOf,
  type RelayUpstream,
} from "../src/model-relay/index.ts";
import type { Clock } from "../src/index.ts";

const OPERATORS_KEY = "operators-key-of-this-test";
const OWN_KEY = "alices-own-key-of-this-test";
const MODEL = "the-model";
const INSTANCE = "0123456789abcdef01234567";
const KEY = relayKeyOf(INSTANCE, "token-of-the-instance");
const USED = { prompt_tokens: 10, completion_tokens: 4 };

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No TCP port.");
  return `http://127.0.0.1:${address.port}`;
}

/** What differs from the operator's account and from Alice's own. */
interface Differences extends Partial<ModelRelayOptions> {
  readonly upstream?: Partial<RelayUpstream>;
  readonly own?: Partial<RelayUpstream>;
  /** Keys that are good, beside `KEY`. */
  readonly keys?: readonly string[];
}

/** A relay before a provider that answers as the test says. */
async function start(answer: RequestListener, { upstream, own, keys = [], ...more }: Differences = {}) {
  const seen: Seen[] = [];
  const provider = createServer((req, res) => {
    const reading = text(req);
    void (async () => {
      seen.push({ method: req.method, url: req.url, headers: req.headers, body: await reading });
      answer(req, res);
    })();
  });
  const origin = await listening(provider);
  const record = vi.fn();
  const errors: unknown[] = [];
  const common = { api: "openai", baseUrl: `${origin}/v1` } as const;
  const accounts: Record<"operator" | "own", Admission> = {
    operator: {
      status: "admitted",
      upstream: { ...common, apiKey: OPERATORS_KEY, modelId: MODEL, ...upstream },
      userId: "alice",
    },
    own: {
      status: "admitted",
      upstream: { ...common, apiKey: OWN_KEY, modelId: null, ...own },
      userId: null,
    },
  };
  const relay = createModelRelay({
    admit: (key, account) => Promise.resolve([KEY, ...keys].includes(key) ? accounts[account] : UNKNOWN),
    record,
    onError: (error) => errors.push(error),
    ...more,
  });
  const front = await listening(createServer(relay.handleRequest));
  onTestFinished(() => relay.close());
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${front}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { front, seen, record, errors, relay, post };
}

const UNKNOWN: Admission = { status: "refused", refusal: "key-unknown" };

const answered: RequestListener = (_req, res) => {
  res.writeHead(200, {
    "content-type": "application/json",
    "set-cookie": "of=the-operator",
    "openai-organization": "the-operators",
    "x-request-id": "r1",
  });
  res.end(JSON.stringify({ choices: [], usage: USED }));
};

test("asks with the operator's key, shows the gateway's own to nobody, and counts", async () => {
  const { post, seen, record } = await start(answered);
  const response = await post("/v1/chat/completions?x=1", { model: MODEL, messages: [] }, { cookie: "a=b" });
  expect(await response.json()).toMatchObject({ usage: USED });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { authorization: `Bearer ${OPERATORS_KEY}` },
    body: JSON.stringify({ model: MODEL, messages: [] }),
  });
  expect(JSON.stringify(seen)).not.toContain(KEY);
  expect(seen[0]?.headers).not.toHaveProperty("cookie");
  expect(response.headers.get("x-request-id")).toBe("r1");
  expect(response.headers.has("set-cookie")).toBe(false);
  expect(response.headers.has("openai-organization")).toBe(false);
  expect(record.mock.calls).toEqual([[{ userId: "alice", usage: { input: 10, output: 4 } }]]);
});

test("Anthropic's clients send their key, and get the operator's, in a header of its own", async () => {
  const { front, seen } = await start(answered, { upstream: { api: "anthropic" } });
  const response = await fetch(`${front}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL }),
  });
  expect(response.status).toBe(200);
  expect(seen[0]?.headers).toMatchObject({
    "x-api-key": OPERATORS_KEY,
    "anthropic-version": "2023-06-01",
  });
  expect(seen[0]?.headers).not.toHaveProperty("authorization");
});

test("with an own key any model of its provider is asked as the agent wrote it, and nobody counts", async () => {
  const { post, seen, record } = await start(answered, { own: { api: "anthropic" } });
  const question = { model: "another-model", stream: true, messages: [] };
  const response = await post("/own/v1/messages", question, { "anthropic-version": "2023-06-01" });
  expect(await response.json()).toMatchObject({ usage: USED });
  expect(seen).toMatchObject([
    {
      url: "/v1/messages",
      headers: { "x-api-key": OWN_KEY, "anthropic-version": "2023-06-01" },
      body: JSON.stringify(question),
    },
  ]);
  expect(JSON.stringify(seen)).not.toContain(KEY);
  expect(record).not.toHaveBeenCalled();
});

test("an own key of OpenAI's adds nothing to a question, since nothing is counted", async () => {
  const { post, seen, record } = await start(answered);
  const question = { model: "m", stream: true };
  expect((await post("/own/v1/chat/completions", question)).status).toBe(200);
  expect((await post("/own/v1/responses", question)).status).toBe(200);
  expect(seen.map(({ body, headers }) => [headers.authorization, body])).toEqual(
    Array.from({ length: 2 }, () => [`Bearer ${OWN_KEY}`, JSON.stringify(question)]),
  );
  expect(record).not.toHaveBeenCalled();
});

test("a stream passes byte for byte, as it comes, and ends with its usage because it was asked for", async () => {
  const gate = Promise.withResolvers<void>();
  const parts = [
    'data: {"choices":[{"delta":{"content":"Grüße"}}]}\n\n',
    `data: {"usage":${JSON.stringify(USED)}}\n\n`,
  ];
  const { post, seen, record } = await start((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write(parts[0]);
    void gate.promise.then(() => res.end(parts[1]));
  });
  const response = await post("/v1/chat/completions", {
    model: MODEL,
    stream: true,
    stream_options: { x: 1 },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(parts[0]);
  gate.resolve();
  expect((await reader?.read())?.value).toBe(parts[1]);
  expect((await reader?.read())?.done).toBe(true);
  expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({ stream_options: { x: 1, include_usage: true } });
  await vi.waitFor(() => expect(record).toHaveBeenCalledOnce());
  expect(record).toHaveBeenCalledWith({ userId: "alice", usage: { input: 10, output: 4 } });
});

test.each([
  [
    "a key that no agent has",
    "POST",
    "/v1/chat/completions",
    "sk-other",
    { model: MODEL },
    401,
    "key_unknown",
  ],
  ["no key", "POST", "/v1/chat/completions", "", { model: MODEL }, 401, "key_unknown"],
  ["another model", "POST", "/v1/chat/completions", KEY, { model: "dearer" }, 400, "other_model"],
  ["what is not JSON", "POST", "/v1/chat/completions", KEY, "{", 400, "not_understood"],
  ["what names no model", "POST", "/v1/chat/completions", KEY, {}, 400, "not_understood"],
  ["what would not be counted", "POST", "/v1/files", KEY, {}, 404, "not_served"],
  ["a way around", "POST", "/v1/chat/../files", KEY, {}, 404, "not_served"],
  ["another method", "PUT", "/v1/messages", KEY, {}, 404, "not_served"],
  ["what is no model, also with an own key", "POST", "/own/v1/files", KEY, {}, 404, "not_served"],
  ["neither account", "POST", "/others/v1/responses", KEY, {}, 404, "not_served"],
  ["another provider", "POST", "/own/v1/messages", KEY, { model: "claude" }, 409, "other_provider"],
  [
    "an own key without the relay's",
    "POST",
    "/own/v1/responses",
    OWN_KEY,
    { model: "m" },
    401,
    "key_unknown",
  ],
])("refuses %s before anybody is asked", async (_name, method, path, key, body, status, code) => {
  const { front, seen, record } = await start(answered);
  const outgoing = request(front, { method, path, headers: { authorization: `Bearer ${key}` } });
  outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
  const [incoming] = await once(outgoing, "response");
  expect(incoming.statusCode).toBe(status);
  expect(JSON.parse(await text(incoming))).toMatchObject({ error: { code } });
  expect(seen).toEqual([]);
  expect(record).not.toHaveBeenCalled();
});

test("a question that is too large is refused with a sentence", async () => {
  const { post, seen } = await start(answered, { maxBodyBytes: 100 });
  const response = await post("/v1/chat/completions", { model: MODEL, text: "x".repeat(200) });
  expect(response.status).toBe(413);
  expect(seen).toEqual([]);
});

const NOTICE = "It is used up until midnight UTC.";

test.each([
  ["/v1/chat/completions", (answer: Answered) => answer.choices?.[0]?.message?.content],
  ["/v1/responses", (answer: Answered) => answer.output?.[0]?.content?.[0]?.text],
  ["/v1/messages", (answer: Answered) => answer.content?.[0]?.text],
])("who has used up their budget is answered so by %s, and nobody is asked", async (path, textOf) => {
  const { post, seen, record } = await start(answered, {
    admit: () => Promise.resolve({ status: "told", notice: NOTICE }),
  });
  const whole = await post(path, { model: MODEL });
  expect(whole.status).toBe(200);
  expect(textOf((await whole.json()) as Answered)).toBe(NOTICE);
  const streamed = await post(path, { model: MODEL, stream: true });
  expect(streamed.headers.get("content-type")).toBe("text/event-stream");
  expect(await streamed.text()).toContain(NOTICE);
  expect(seen).toEqual([]);
  expect(record).not.toHaveBeenCalled();
});

interface Answered {
  readonly choices?: { message?: { content: string } }[];
  readonly output?: { content?: { text: string }[] }[];
  readonly content?: { text: string }[];
}

test("what a provider refuses is passed on and costs nothing", async () => {
  const { post, record } = await start((_req, res) => {
    res.writeHead(429, { "retry-after": "7", "content-type": "application/json" }).end('{"error":{}}');
  });
  const response = await post("/v1/chat/completions", { model: MODEL });
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("7");
  await response.text();
  expect(record).not.toHaveBeenCalled();
});

test("a provider that cannot be reached is a sentence; one that dies in the middle ends the answer", async () => {
  const gone = await start(answered, {
    upstream: { baseUrl: "http://127.0.0.1:9/v1", apiKey: null },
  });
  const refused = await gone.post("/v1/chat/completions", { model: MODEL });
  expect(refused.status).toBe(502);
  expect(gone.record).not.toHaveBeenCalled();
  const dying = await start((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write('data: {"choices":[]}\n\n', () => res.destroy());
  });
  const cut = await dying.post("/v1/chat/completions", { model: MODEL, stream: true });
  await expect(cut.text()).rejects.toThrow();
  await vi.waitFor(() => expect(dying.record).toHaveBeenCalledOnce());
});

test("who hangs up ends the asking, and what was asked until then is counted", async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { front, record } = await start((_req, res) => {
    res.once("close", () => ended.resolve());
    asked.resolve();
  });
  const body = JSON.stringify({ model: MODEL, messages: "x".repeat(972) });
  const socket = connect(Number(new URL(front).port), "127.0.0.1");
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer ${KEY}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await asked.promise;
  socket.destroy();
  await ended.promise;
  await vi.waitFor(() => expect(record).toHaveBeenCalledOnce());
  expect(record).toHaveBeenCalledWith({
    userId: "alice",
    usage: { input: Math.ceil(body.length / 4), output: 0 },
  });
});

const OTHER_KEYS = ["a", "b", "c", "d"].map((token) => relayKeyOf(INSTANCE, token));

/** Announces so many bytes of a question and sends one: what is answered although nothing more comes. */
function askHalf(front: string, bytes: number | "chunked", key = KEY) {
  const socket = connect(Number(new URL(front).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  const answer = { text: "" };
  socket.on("data", (chunk: Buffer) => (answer.text += chunk.toString()));
  const [length, part] =
    bytes === "chunked" ? ["transfer-encoding: chunked", "1\r\n{\r\n"] : [`content-length: ${bytes}`, "{"];
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer ${key}\r\n${length}\r\n\r\n${part}`,
  );
  return { socket, answer };
}

test.each([
  [10, 100_000],
  [32, 2],
  [32, "chunked" as const],
])(
  "an agent has at most %i questions of %s bytes on their way; another one's are taken",
  async (most, bytes) => {
    const { post, front, seen } = await start(answered, { maxBodyBytes: 1_000_000, keys: OTHER_KEYS });
    const halves = Array.from({ length: 100 }, () => askHalf(front, bytes));
    const refused = () => halves.filter(({ answer }) => answer.text.includes("429 Too Many Requests"));
    await vi.waitFor(() => expect(refused()).toHaveLength(100 - most));
    for (const { answer } of refused()) expect(answer.text).toMatch(/retry-after: 5\r\n/);
    expect((await post("/v1/chat/completions", { model: MODEL })).status).toBe(429);
    const others = { authorization: `Bearer ${OTHER_KEYS[0]}` };
    expect((await post("/v1/chat/completions", { model: MODEL }, others)).status).toBe(200);
    // Who gives up makes room.
    for (const { socket } of halves) socket.destroy();
    await vi.waitFor(async () =>
      expect((await post("/v1/chat/completions", { model: MODEL })).status).toBe(200),
    );
    expect(seen).toHaveLength(2);
  },
);

test("agents together hold four of the largest questions, and no more", async () => {
  const { post, front } = await start(answered, { maxBodyBytes: 1_000, keys: OTHER_KEYS });
  const held = OTHER_KEYS.map((key) => askHalf(front, 1_000, key));
  await vi.waitFor(async () => {
    const response = await post("/v1/chat/completions", { model: MODEL });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
  });
  held[0]?.socket.destroy();
  await vi.waitFor(async () =>
    expect((await post("/v1/chat/completions", { model: MODEL })).status).toBe(200),
  );
});

test("answers that last keep no room from other questions", async () => {
  const { post } = await start(
    (_req, res) => res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
    { maxBodyBytes: 1_000 },
  );
  const question = { model: MODEL, text: "x".repeat(900) };
  for (let answers = 0; answers < 40; answers++)
    expect((await post("/v1/chat/completions", question)).status).toBe(200);
});

test("a chunked question is refused where it outgrows what may be held", async () => {
  const { post, front } = await start(answered, { maxBodyBytes: 1_000 });
  askHalf(front, 900);
  const { socket, answer } = askHalf(front, "chunked");
  await vi.waitFor(async () =>
    expect((await post("/v1/chat/completions", { model: MODEL, text: "x".repeat(90) })).status).toBe(429),
  );
  socket.write(`c8\r\n${"x".repeat(200)}\r\n`);
  await vi.waitFor(() => expect(answer.text).toContain("429 Too Many Requests"));
});

test("a relay key is good for its own instance and ends with the token that it follows from", () => {
  expect(instanceOfRelayKey(KEY)).toBe(INSTANCE);
  expect(isRelayKey(KEY, INSTANCE, ["another", "token-of-the-instance"])).toBe(true);
  expect(isRelayKey(KEY, INSTANCE, ["another"])).toBe(false);
  expect(isRelayKey(KEY, "f".repeat(24), ["token-of-the-instance"])).toBe(false);
  expect(instanceOfRelayKey(`${KEY}x`)).toBeNull();
  expect(KEY).not.toContain("token-of-the-instance");
});

test("what was used while the database is away is written when it is back, once and in order", async () => {
  const written: number[] = [];
  const again = Promise.withResolvers<void>();
  const clock: Clock = { now: () => 5, sleep: () => again.promise };
  let away = true;
  const onError = vi.fn();
  const ledger = createUsageLedger({
    clock,
    onError,
    write: ({ inputTokens }) => {
      if (away) return Promise.reject(new Error("away"));
      written.push(inputTokens);
      return Promise.resolve();
    },
  });
  for (const inputTokens of [1, 2, 3])
    ledger.add({ userId: "alice", model: MODEL, inputTokens, outputTokens: 0 });
  await vi.waitFor(() => expect(onError).toHaveBeenCalled());
  expect(ledger.unwritten("alice")).toBe(6);
  expect(ledger.unwritten("bob")).toBe(0);
  away = false;
  again.resolve();
  await vi.waitFor(() => expect(ledger.unwritten("alice")).toBe(0));
  await ledger.close();
  expect(written).toEqual([1, 2, 3]);
});
