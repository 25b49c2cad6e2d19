import {
  parseQuestion,
  parseQuestionList,
  questionAnswer,
  questionCancel,
  questionList,
  type Call,
  type EventFrame,
  type ProtocolVersion,
  type QuestionRequest as WireQuestion,
} from "@automna/protocol";

import { requestOver, type ChatContext } from "./chat-context.ts";
import type { QuestionAnswers, QuestionRequest } from "./chat-state.ts";
import type { Stop } from "./environment.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";
import { untilNextExpiry } from "./waiting-list.ts";

function toRequest(wire: WireQuestion): QuestionRequest {
  const { id, questions, sessionKey, runId, createdAtMs, expiresAtMs } = wire;
  return {
    id,
    questions,
    sessionKey: sessionKey ?? null,
    runId: runId ?? null,
    createdAt: createdAtMs ?? 0,
    expiresAt: expiresAtMs ?? null,
    state: "pending",
  };
}

/** What the agent asks a person: told live, and read again after every connect. */
export class QuestionDesk {
  readonly #context: ChatContext;
  #stopTimer: Stop = () => {};

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** Reads what waits already; whatever was answered meanwhile goes. */
  async connected(): Promise<void> {
    const { gateway } = this.#context;
    const call = gateway && questionList(gateway.dialect.protocol);
    if (!call || this.#context.read().capabilities?.canAnswer !== true) return;
    try {
      const listed = valueOf(parseQuestionList(await requestOver(this.#context, call)), call.method);
      if (this.#context.gateway !== gateway) return;
      this.#show(listed.filter(({ status }) => status === "pending").map(toRequest));
    } catch {
      // Live questions still arrive without the list.
    }
  }

  /** An event of any kind. */
  event({ event, payload }: EventFrame): void {
    if (event !== "question.requested" && event !== "question.resolved") return;
    const parsed = parseQuestion(payload);
    if (!parsed.ok) return;
    const others = this.#without(parsed.value.id);
    this.#show(event === "question.requested" ? [...others, toRequest(parsed.value)] : others);
  }

  answer(id: string, answers: QuestionAnswers): Promise<void> {
    const copy = Object.fromEntries(Object.entries(answers).map(([key, given]) => [key, [...given]]));
    return this.#resolve(id, (protocol) => questionAnswer(protocol, id, copy));
  }

  /** Lets the agent go on without an answer. */
  cancel(id: string): Promise<void> {
    return this.#resolve(id, (protocol) => questionCancel(protocol, id));
  }

  stop(): void {
    this.#stopTimer();
  }

  /** It leaves the list when the gateway has taken the answer. */
  async #resolve(id: string, callOf: (protocol: ProtocolVersion) => Call | null): Promise<void> {
    const { gateway } = this.#context;
    const question = this.#context.read().questions.find((candidate) => candidate.id === id);
    if (question === undefined || gateway === null) return;
    const call = callOf(gateway.dialect.protocol);
    if (call === null) throw new UnsupportedError("This gateway asks no questions.");
    this.#show([...this.#without(id), { ...question, state: "resolving" }]);
    try {
      await requestOver(this.#context, call);
      this.#show(this.#without(id));
    } catch (error) {
      this.#show([...this.#without(id), question]);
      throw error;
    }
  }

  #without(id: string): readonly QuestionRequest[] {
    return this.#context.read().questions.filter((question) => question.id !== id);
  }

  #show(questions: readonly QuestionRequest[]): void {
    this.#stopTimer();
    const { current, stop } = untilNextExpiry(questions, this.#context.environment, () =>
      this.#show(this.#context.read().questions),
    );
    this.#stopTimer = stop;
    this.#context.patch({ questions: current });
  }
}
