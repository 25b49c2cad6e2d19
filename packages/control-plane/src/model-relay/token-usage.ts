/** Tokens of one answer, as its provider counts them: what was read, with what a cache gave, and what was written. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
}

/** What one message of a provider says of its usage; a stream tells it in parts. */
type UsageReport = Partial<TokenUsage>;

/**
 * Reads the usage in a JSON value of OpenAI's two interfaces or of Anthropic's: at the top, or in the `message` or
 * `response` that an event carries. `null` when it says nothing of it.
 */
export function usageIn(value: unknown): UsageReport | null {
  if (!isRecord(value)) return null;
  const carrier = [value, value["message"], value["response"]].find(
    (candidate) => isRecord(candidate) && isRecord(candidate["usage"]),
  );
  const usage = isRecord(carrier) ? carrier["usage"] : undefined;
  if (!isRecord(usage)) return null;
  const input = count(usage["prompt_tokens"]) ?? anthropicInput(usage);
  const output = count(usage["completion_tokens"]) ?? count(usage["output_tokens"]);
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

/** Anthropic leaves what its cache was given or gave out of `input_tokens`; OpenAI has no such fields. */
function anthropicInput(usage: Record<string, unknown>): number | undefined {
  const fresh = count(usage["input_tokens"]);
  if (fresh === undefined) return undefined;
  const cached =
    (count(usage["cache_creation_input_tokens"]) ?? 0) + (count(usage["cache_read_input_tokens"]) ?? 0);
  return fresh + cached;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Watches an answer go by, byte for byte as it comes. */
export interface UsageMeter {
  see(chunk: Uint8Array): void;
  /** The usage so far. What the provider did not get to say, or never says, is reckoned from what went by. */
  usage(): TokenUsage;
}

/** A longer line or body is an image or a file, and no usage. */
const MOST_KEPT = 8 * 1024 ** 2;
/** Roughly what the providers' own documentation says of English. */
const BYTES_PER_TOKEN = 4;

/** @param contentType Of the answer. */
export function createUsageMeter(contentType: string, requestBytes: number): UsageMeter {
  const events = /^text\/event-stream\b/i.test(contentType);
  const decoder = new TextDecoder();
  let told: UsageReport = {};
  let pending = "";
  let bytes = 0;
  let parts = 0;

  function seeLine(line: string): void {
    if (!line.startsWith("data:")) return;
    const data = line.slice("data:".length).trim();
    if (data === "" || data === "[DONE]") return;
    parts += 1;
    // Most events are a few letters of text: those are not parsed.
    if (data.includes('"usage"')) told = { ...told, ...usageIn(parsed(data)) };
  }

  return {
    see(chunk) {
      bytes += chunk.byteLength;
      pending += decoder.decode(chunk, { stream: true });
      if (!events) {
        if (pending.length > MOST_KEPT) pending = "";
        return;
      }
      const lines = pending.split(/\r?\n/);
      pending = lines.pop() ?? "";
      if (pending.length > MOST_KEPT) pending = "";
      lines.forEach(seeLine);
    },
    usage() {
      if (events) seeLine(pending);
      else told = { ...told, ...usageIn(parsed(pending)) };
      pending = "";
      return {
        input: told.input ?? reckoned(requestBytes),
        // A provider streams about one token in each event.
        output: told.output ?? (events ? parts : reckoned(bytes)),
      };
    },
  };
}

/** Tokens of a text of which only the length is known. */
export function reckoned(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
