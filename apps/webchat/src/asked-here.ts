import { parseApproval, parseQuestion } from "@automna/protocol";

const KINDS = ["exec.approval", "plugin.approval", "question"] as const;
/** What is remembered of what was asked. */
const ASKED = 200;

/** Events that tell of what the agent asks a person. */
export const ASKING_EVENTS: readonly string[] = KINDS.flatMap((kind) => [
  `${kind}.requested`,
  `${kind}.resolved`,
]);

interface Asked {
  readonly id: string;
  readonly sessionKey?: string | undefined;
}

function readAsked(name: string, item: unknown): Asked | null {
  const parsed = name.startsWith("question")
    ? parseQuestion(item)
    : parseApproval(item, name.startsWith("exec") ? "exec" : "plugin");
  return parsed.ok ? parsed.value : null;
}

function idOf(payload: unknown): unknown {
  return typeof payload === "object" && payload !== null ? Reflect.get(payload, "id") : undefined;
}

/** What the agent asked of a person in one session: a gateway tells of every session's, and takes an answer to any. */
export class AskedHere {
  readonly #isOwn: (sessionKey: string) => boolean;
  readonly #ids = new Set<string>();

  constructor(isOwn: (sessionKey: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** Whether the method or event of this name is about such things. */
  isAbout(name: string): boolean {
    return KINDS.some((kind) => name.startsWith(`${kind}.`));
  }

  has(id: unknown): boolean {
    return typeof id === "string" && this.#ids.has(id);
  }

  /** Whether an event is about something that was asked in this session. */
  concerns(event: string, payload: unknown): boolean {
    if (!ASKING_EVENTS.includes(event)) return false;
    return event.endsWith(".requested") ? this.#note(event, payload) : this.has(idOf(payload));
  }

  /** The answer to a request for what waits, without what other sessions asked. */
  listed(method: string, payload: unknown): unknown {
    const own = (items: unknown): unknown[] =>
      Array.isArray(items) ? items.filter((item: unknown) => this.#note(method, item)) : [];
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return own(payload);
    return method === "question.list"
      ? { questions: own(Reflect.get(payload, "questions")) }
      : { approvals: own(Reflect.get(payload, "approvals") ?? Reflect.get(payload, "items")) };
  }

  #note(name: string, item: unknown): boolean {
    const asked = readAsked(name, item);
    if (asked?.sessionKey === undefined || !this.#isOwn(asked.sessionKey)) return false;
    this.#ids.add(asked.id);
    const [oldest] = this.#ids;
    if (this.#ids.size > ASKED && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
