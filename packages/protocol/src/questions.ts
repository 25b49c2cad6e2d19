import {
  anyRecord,
  flag,
  identifier,
  listOf,
  mapped,
  object,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
} from "./parsed.ts";
/** One question of a request (version 4). */
export type Question = {
  questionId: string;
  header: string;
  question: string;
  options: { label: string; description?: string }[];
  multiSelect: boolean;
  /** A free answer is welcome. */
  isOther: boolean;
  /** Do not show or keep what is typed. */
  isSecret: boolean;
};

/** Answers by question id; several when `multiSelect`. */
export type QuestionAnswers = Record<string, string[]>;

/** Questions that an agent asks a person (version 4). */
export type QuestionRequest = {
  id: string;
  questions: Question[];
  status: "pending" | "answered" | "cancelled" | "expired" | (string & {});
  agentId?: string;
  sessionKey?: string;
  runId?: string;
  /** Milliseconds since the epoch, the gateway's clock; so is `expiresAtMs`, when the agent goes on by itself. */
  createdAtMs?: number;
  expiresAtMs?: number;
  answers?: QuestionAnswers;
};

const flagOff = withDefault(flag, false);

const questionSchema = object({
  questionId: text,
  header: withDefault(text, ""),
  question: text,
  options: optionalListOf(object({ label: text, description: optionalText })),
  multiSelect: flagOff,
  isOther: flagOff,
  isSecret: flagOff,
});

const answersSchema = optionalOf(
  object({
    answers: mapped(anyRecord, (record): QuestionAnswers =>
      Object.fromEntries(
        Object.entries(record).map(([questionId, answers]) => [questionId, listOf(text)(answers)]),
      ),
    ),
  }),
);

const requestSchema = mapped(
  object({
    id: identifier,
    questions: optionalListOf(questionSchema),
    status: withDefault(text, "pending"),
    agentId: optionalText,
    sessionKey: optionalText,
    runId: optionalText,
    createdAtMs: optionalNumber,
    expiresAtMs: optionalNumber,
    answers: answersSchema,
  }),
  (request): QuestionRequest => ({ ...request, answers: request.answers?.answers }),
);

/**
 * Reads a `question.requested` or `question.resolved` event; the latter has a status and no questions. Times are
 * milliseconds since the epoch, by the gateway's clock. Not ok without `id`.
 *
 * @see `QuestionRecord` and `QuestionResolvedEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseQuestion } from "@automna/protocol";
 *
 * const parsed = parseQuestion({ id: "q1", status: "answered", answers: { answers: { size: ["big"] } } });
 * if (parsed.ok) parsed.value.answers; // { size: ["big"] }
 * ```
 */
export function parseQuestion(payload: unknown): Parsed<QuestionRequest> {
  return parseWith(requestSchema, payload);
}

/**
 * Reads the answer to `question.list` ({@link questionList}). Requests that cannot be read are left out.
 *
 * @see `QuestionListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseQuestionList } from "@automna/protocol";
 *
 * const question = { questionId: "size", question: "How big?", options: [{ label: "big" }, { label: "small" }] };
 * const parsed = parseQuestionList({ questions: [{ id: "q1", questions: [question] }] });
 * if (parsed.ok) parsed.value[0]?.questions[0]?.options.map(({ label }) => label); // ["big", "small"]
 * ```
 */
export function parseQuestionList(payload: unknown): Parsed<QuestionRequest[]> {
  const parsed = parseWith(object({ questions: listOf(requestSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.questions } : parsed;
}
