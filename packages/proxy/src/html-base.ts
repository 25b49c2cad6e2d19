import { Transform, pipeline } from "node:stream";
import type { TransformCallback, Writable } from "node:stream";
import * as zlib from "node:zlib";

/** How much of a document is held back while looking for its head. */
const HEAD_LIMIT_BYTES = 65_536;

/** What of an answer decides whether a base may be written into it. */
export interface HtmlAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** All `Content-Security-Policy` values. */
  readonly policies: readonly string[];
}

/** `true` if the answer is an HTML document in an ASCII-compatible encoding whose policy allows a base of its own origin. */
export function takesHtmlBase({ status, contentType, contentEncoding, policies }: HtmlAnswer): boolean {
  if (status === 206 || status < 200 || !/^\s*text\/html\s*(?:;|$)/i.test(contentType ?? "")) return false;
  if (/charset\s*=\s*["']?utf-?(?:16|32)/i.test(contentType ?? "")) return false;
  if (coding(contentEncoding) === undefined) return false;
  return policies.every((policy) => policy.split(",").every(allowsOwnBase));
}

function allowsOwnBase(policy: string): boolean {
  for (const directive of policy.split(";")) {
    const [name = "", ...sources] = directive.trim().split(/\s+/);
    if (name.toLowerCase() !== "base-uri") continue;
    return sources.some((source) => source === "*" || source.toLowerCase() === "'self'");
  }
  return true;
}

type Coding = "identity" | "gzip" | "deflate" | "br" | "zstd";

function coding(contentEncoding: string | undefined): Coding | undefined {
  const name = (contentEncoding ?? "identity").trim().toLowerCase();
  switch (name) {
    case "":
    case "identity":
      return "identity";
    case "x-gzip":
    case "gzip":
      return "gzip";
    case "deflate":
    case "br":
    case "zstd":
      return name;
    default:
      return undefined;
  }
}

/**
 * A stream to write an answer's body into. What comes out at `destination` is the same body, in the same content
 * coding, with `<base href>` as the first element of its head. Each chunk is flushed as it comes.
 */
export function htmlBaseSink(
  destination: Writable,
  href: string,
  contentEncoding: string | undefined,
  onError: (error: Error) => void,
): Writable {
  const insert = new BaseInserter(href);
  const codec = createCodec(coding(contentEncoding) ?? "identity");
  const done = (error: Error | null | undefined): void => {
    if (error) onError(error);
  };
  if (!codec) {
    pipeline(insert, destination, done);
    return insert;
  }
  // Before the pipeline hears of it: the pipeline destroys the destination first and reports afterwards.
  codec.decode.once("error", onError);
  pipeline(codec.decode, insert, codec.encode, destination, done);
  return codec.decode;
}

function createCodec(name: Coding): { decode: Transform; encode: Transform } | undefined {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = zlib.constants;
  switch (name) {
    case "identity":
      return undefined;
    case "gzip":
      return { decode: zlib.createGunzip(), encode: zlib.createGzip({ flush: Z_SYNC_FLUSH }) };
    case "deflate":
      return { decode: zlib.createInflate(), encode: zlib.createDeflate({ flush: Z_SYNC_FLUSH }) };
    case "br":
      return {
        decode: zlib.createBrotliDecompress(),
        encode: zlib.createBrotliCompress({
          flush: BROTLI_OPERATION_FLUSH,
          params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 },
        }),
      };
    case "zstd":
      return {
        decode: zlib.createZstdDecompress(),
        encode: zlib.createZstdCompress({ flush: ZSTD_e_flush }),
      };
  }
}

class BaseInserter extends Transform {
  readonly #tag: Buffer;
  #held: Buffer[] | undefined = [];
  #heldBytes = 0;

  constructor(href: string) {
    super();
    const escaped = href.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
    this.#tag = Buffer.from(`<base href="${escaped}">`, "latin1");
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (!this.#held) {
      callback(null, chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    const start = Buffer.concat(this.#held);
    const at = insertionPoint(start.toString("latin1"), this.#heldBytes >= HEAD_LIMIT_BYTES);
    if (at === undefined) {
      this.#held = [start];
      callback();
      return;
    }
    this.#release(start, at);
    callback();
  }

  override _flush(callback: TransformCallback): void {
    if (this.#held && this.#heldBytes > 0) {
      const start = Buffer.concat(this.#held);
      this.#release(start, insertionPoint(start.toString("latin1"), true) ?? 0);
    }
    callback();
  }

  #release(start: Buffer, at: number): void {
    this.#held = undefined;
    this.push(Buffer.concat([start.subarray(0, at), this.#tag, start.subarray(at)]));
  }
}

/**
 * Where in the beginning of a document the base belongs: behind `<head>`, or where the first element that implies a
 * head begins. `undefined` if more of the document is needed to tell; never when this is `all` there is to see.
 */
export function insertionPoint(html: string, all: boolean): number | undefined {
  let at = html.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
  for (;;) {
    while (at < html.length && isSpace(html.charCodeAt(at))) at += 1;
    const end = endOfProlog(html, at);
    if (end === "incomplete") return all ? at : undefined;
    if (end === "none") return at;
    at = end.at;
    if (end.head) return at;
  }
}

type PrologEnd = { at: number; head: boolean } | "incomplete" | "none";

function endOfProlog(html: string, at: number): PrologEnd {
  if (html.startsWith("<!--", at)) return after(html.indexOf("-->", at + 4), 3);
  const name = /^<(?:!|\?|html(?=[\s>/])|head(?=[\s>/]))/i.exec(html.slice(at, at + 6))?.[0].toLowerCase();
  if (name === undefined) return couldGrow(html.slice(at)) ? "incomplete" : "none";
  const end = endOfTag(html, at);
  return end === -1 ? "incomplete" : { at: end, head: name === "<head" };
}

function after(index: number, length: number): PrologEnd {
  return index === -1 ? "incomplete" : { at: index + length, head: false };
}

/** `true` for the beginnings of what this module looks for, cut short by the end of a chunk. */
function couldGrow(rest: string): boolean {
  if (rest.length > 5) return false;
  const text = rest.toLowerCase();
  return ["<html ", "<head ", "<!--"].some((tag) => tag.startsWith(text));
}

/** Index behind the `>` of the tag that begins at `at`; quotes may hold one. */
function endOfTag(html: string, at: number): number {
  let quote = "";
  for (let index = at; index < html.length; index += 1) {
    const character = html[index] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return index + 1;
  }
  return -1;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13 && code !== 11);
}
