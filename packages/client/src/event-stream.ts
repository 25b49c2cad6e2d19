/** One event of a `text/event-stream` body. */
export interface StreamedEvent {
  /** Its name; `message` when the stream gives none. */
  readonly event: string;
  readonly data: string;
}

/** Reads server-sent events from text that arrives in pieces, wherever the pieces end. */
export class EventStreamReader {
  readonly #emit: (event: StreamedEvent) => void;
  /** Pieces of the unfinished line: a large frame comes in many, and joining each time would cost their square. */
  #line: string[] = [];
  #endsWithReturn = false;
  #event = "";
  #data: string[] = [];
  #lineChars = 0;
  #dataChars = 0;

  constructor(emit: (event: StreamedEvent) => void) {
    this.#emit = emit;
  }

  /** Characters that are held until their line or event ends. */
  get held(): number {
    return this.#lineChars + this.#dataChars;
  }

  push(text: string): void {
    // The end of a line may be cut in two: "\r" here, "\n" in the next piece.
    const piece = this.#endsWithReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") this.#endsWithReturn = text.endsWith("\r");
    const lines = piece.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? "";
    for (const line of lines) {
      this.#line.push(line);
      const whole = this.#line.join("");
      this.#line = [];
      this.#lineChars = 0;
      this.#read(whole);
    }
    if (last === "") return;
    this.#line.push(last);
    this.#lineChars += last.length;
  }

  #read(line: string): void {
    if (line === "") return this.#dispatch();
    const [, field = line, value = ""] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (field === "event") this.#event = value;
    if (field !== "data") return;
    this.#data.push(value);
    this.#dataChars += value.length;
  }

  #dispatch(): void {
    const event = this.#event === "" ? "message" : this.#event;
    const data = this.#data;
    this.#event = "";
    this.#data = [];
    this.#dataChars = 0;
    if (data.length > 0) this.#emit({ event, data: data.join("\n") });
  }
}
