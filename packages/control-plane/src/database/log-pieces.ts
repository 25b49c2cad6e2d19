/** PostgreSQL carries less than 8,000 bytes in one notification. */
const PIECE_BYTES = 7_000;
/** Of one answer: more would be a burden to everybody who listens. */
const ANSWER_BYTES = 64_000;
/** So that a line fits into a piece however its letters are written in JSON. */
const LINE_LENGTH = 1_000;

const INSTANCE_ID = /^[0-9a-f]{24}$/;

export function questionOf(id: string, known: string): string {
  return JSON.stringify({ id, known });
}

/** `null` for anything else that somebody wrote into the channel. */
export function parseQuestion(payload: string): { readonly id: string; readonly known: string } | null {
  const { id, known } = parseObject(payload);
  return typeof id === "string" && INSTANCE_ID.test(id) && typeof known === "string" ? { id, known } : null;
}

/** The newest lines that fit, as notifications in the order in which they have to be sent. */
export function logPieces(id: string, digest: string, lines: readonly string[]): readonly string[] {
  const pieces: string[][] = [[]];
  let total = 0;
  let inPiece = 0;
  for (const line of lines.toReversed()) {
    const text = line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
    const bytes = Buffer.byteLength(JSON.stringify(text)) + 1;
    if (total + bytes > ANSWER_BYTES) break;
    if (inPiece + bytes > PIECE_BYTES) {
      pieces.unshift([]);
      inPiece = 0;
    }
    pieces[0]?.unshift(text);
    total += bytes;
    inPiece += bytes;
  }
  return pieces.map((piece, part) =>
    JSON.stringify({ id, digest, part, parts: pieces.length, lines: piece }),
  );
}

/** Puts the pieces of one gateway's answers together. */
export class LogPieces {
  #digest = "";
  #lines: string[] = [];
  #next = 0;

  /** The answer, once its last piece is there. Pieces of an answer of which an earlier one was missed are left out. */
  add(id: string, payload: string): { readonly digest: string; readonly lines: readonly string[] } | null {
    const piece = parsePiece(payload);
    if (piece?.id !== id) return null;
    if (piece.part === 0) {
      this.#digest = piece.digest;
      this.#lines = [];
      this.#next = 0;
    }
    if (piece.digest !== this.#digest || piece.part !== this.#next) return null;
    this.#next += 1;
    this.#lines.push(...piece.lines);
    return this.#next === piece.parts ? { digest: this.#digest, lines: this.#lines } : null;
  }
}

function parsePiece(payload: string) {
  const { id, digest, part, parts, lines } = parseObject(payload);
  if (typeof id !== "string" || typeof digest !== "string") return null;
  if (typeof part !== "number" || typeof parts !== "number" || !Array.isArray(lines)) return null;
  return { id, digest, part, parts, lines: lines.filter((line) => typeof line === "string") };
}

function parseObject(payload: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
