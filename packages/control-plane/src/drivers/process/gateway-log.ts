import { createReadStream, createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Redactor } from "../../redaction.ts";

const ROTATE_BYTES = 5 * 1024 * 1024;
const TAIL_BYTES = 256 * 1024;
/** A line without an end is cut here. */
const LINE_LIMIT = 64 * 1024;
/** More than the longest spelling of any secret, so that a cut never splits one in two. */
const CUT_MARGIN = 4096;

/** A gateway's output, secrets replaced, in one file with one predecessor (`.1`) of 5 MB each. */
export class GatewayLog {
  readonly #path: string;
  readonly #redactor: Redactor;
  #file: WriteStream;
  #bytes: number;
  #rotation: Promise<void> = Promise.resolve();

  private constructor(path: string, redactor: Redactor, file: WriteStream, bytes: number) {
    this.#path = path;
    this.#redactor = redactor;
    this.#file = file;
    this.#bytes = bytes;
  }

  static async open(path: string, redactor: Redactor): Promise<GatewayLog> {
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    return new GatewayLog(path, redactor, await appendTo(path), bytes);
  }

  /** Takes everything that comes out of a gateway. Ends with the stream. */
  follow(output: Readable): void {
    const decoder = new StringDecoder("utf8");
    let pending = "";
    output.on("data", (chunk: Buffer) => {
      const lines = (pending + decoder.write(chunk)).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) this.write(line);
      if (pending.length > LINE_LIMIT + CUT_MARGIN) {
        const whole = this.#redactor.text(pending);
        this.write(whole.slice(0, -CUT_MARGIN));
        pending = whole.slice(-CUT_MARGIN);
      }
    });
    output.on("end", () => {
      if (pending !== "") this.write(pending);
    });
  }

  write(line: string): void {
    if (this.#file.writableEnded) return;
    const text = `${this.#redactor.text(line)}\n`;
    this.#bytes += Buffer.byteLength(text);
    this.#file.write(text);
    if (this.#bytes > ROTATE_BYTES) this.#rotation = this.#rotateAfter(this.#rotation);
  }

  async close(): Promise<void> {
    await this.#rotation;
    await finish(this.#file);
  }

  async #rotateAfter(earlier: Promise<void>): Promise<void> {
    this.#bytes = 0;
    await earlier;
    const full = this.#file;
    try {
      await rename(this.#path, `${this.#path}.1`);
    } catch {
      // It goes on in the file that could not be moved.
      return;
    }
    this.#file = await appendTo(this.#path);
    await finish(full);
  }
}

/** The last lines of a log file; none when there is no file. */
export async function tailOf(path: string, lines: number): Promise<readonly string[]> {
  const size = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  if (size === 0) return [];
  const start = Math.max(0, size - TAIL_BYTES);
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start })) chunks.push(Buffer.from(chunk));
  const all = Buffer.concat(chunks).toString("utf8").split("\n");
  if (all.at(-1) === "") all.pop();
  return all.slice(start > 0 ? 1 : 0).slice(-lines);
}

/** A log that cannot be written (a full disk) must not take the gateway down with it. */
async function appendTo(path: string): Promise<WriteStream> {
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  file.on("error", () => undefined);
  await once(file, "open").catch(() => undefined);
  return file;
}

async function finish(file: WriteStream): Promise<void> {
  file.end();
  if (!file.closed) await once(file, "close");
}
