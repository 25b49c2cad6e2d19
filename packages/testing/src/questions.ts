import type { Core, PendingQuestion } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import type { Reply } from "./gateway-error.ts";
import { objectAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { AskedQuestion, QuestionAsk } from "./options.ts";

// No recording has questions; shapes are those of @openclaw/gateway-protocol 2026.9 (QuestionRecord, QuestionResolvedEvent),
// refusals those of OpenClaw's src/gateway/question-manager.ts, and the times those of OpenClaw's docs/tools/ask-user.md.

const PATIENCE_MS = 900_000;
const SCOPE = { scope: "operator.questions" };

/** Asks the operators with the questions scope. Nobody answering in time lets the agent go on by itself. */
export function askQuestion(core: Core, { sessionKey, questions, timeoutMs }: QuestionAsk): AskedQuestion {
  const now = core.clock.now();
  const question: PendingQuestion = {
    id: core.random.uuid(),
    sessionKey,
    questions,
    createdAtMs: now,
    expiresAtMs: now + (timeoutMs ?? PATIENCE_MS),
    status: "pending",
    answers: undefined,
  };
  core.memory.questions.set(question.id, question);
  core.emit("question.requested", recordOf(question), SCOPE);
  core.later(question.expiresAtMs - now, () => settle(core, question, "expired"));
  return {
    id: question.id,
    status: () => question.status,
    answers: () => question.answers,
  };
}

/** What waits now, for a client that was away. */
export const listQuestions = (core: Core): Reply =>
  reply({ questions: [...core.memory.questions.values()].filter(isPending).map(recordOf) });

export function resolveQuestion(core: Core, id: string, params: JsonObject): Reply {
  const question = core.memory.questions.get(id);
  if (question === undefined)
    return invalid(`question '${id}' was not found`, { reason: "QUESTION_NOT_FOUND" });
  if (!isPending(question))
    return invalid(`question '${id}' is already ${question.status}`, { reason: "QUESTION_ALREADY_TERMINAL" });
  if (params["cancel"] === true) {
    settle(core, question, "cancelled");
    return reply({ status: "cancelled" });
  }
  const answers = readAnswers(objectAt(objectAt(params, "answers") ?? {}, "answers") ?? {});
  const strange = Object.keys(answers).find((key) => !question.questions.some((asked) => asked.id === key));
  if (strange !== undefined) return invalid(`unknown question id: ${strange}`);
  question.answers = answers;
  settle(core, question, "answered");
  return reply({ status: "answered", answers: { answers: { ...answers } } });
}

function readAnswers(source: JsonObject): Record<string, string[]> {
  const texts = (value: Json | undefined) =>
    Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, texts(value)]));
}

const isPending = ({ status }: PendingQuestion): boolean => status === "pending";

function settle(core: Core, question: PendingQuestion, status: "answered" | "cancelled" | "expired"): void {
  if (!isPending(question)) return;
  question.status = status;
  const answers = question.answers === undefined ? {} : { answers: { answers: { ...question.answers } } };
  core.emit("question.resolved", { id: question.id, status, ...answers }, SCOPE);
}

function recordOf({
  id,
  sessionKey,
  questions,
  createdAtMs,
  expiresAtMs,
  status,
}: PendingQuestion): JsonObject {
  return {
    id,
    questions: questions.map(({ id: questionId, header, question, options, multiSelect }) => ({
      questionId,
      header,
      question,
      options: options.map(({ label, description }) => ({
        label,
        ...(description === undefined ? {} : { description }),
      })),
      ...(multiSelect === undefined ? {} : { multiSelect }),
    })),
    agentId: "main",
    sessionKey,
    createdAtMs,
    expiresAtMs,
    status,
  };
}
