import type { RelayRefusal } from "./relay-refusal.ts";

/** What agents' questions may hold of this process's memory, until a provider has begun to answer them. */
export interface HeldQuestionLimits {
  /** Of one agent's questions together. */
  readonly bytesPerKey: number;
  readonly bytesInAll: number;
  readonly questionsPerKey: number;
}

export interface HeldQuestion {
  /** Makes room for so many bytes more of it, or says why there is none. */
  hold(bytes: number): RelayRefusal | null;
  /** Gives back everything; calling it again changes nothing. */
  release(): void;
}

export interface HeldQuestions {
  /** `null`: the agent has as many as it may. */
  open(key: string): HeldQuestion | null;
}

export function createHeldQuestions(limits: HeldQuestionLimits): HeldQuestions {
  const held = new Map<string, { questions: number; bytes: number }>();
  let inAll = 0;

  return {
    open(key) {
      const own = held.get(key) ?? { questions: 0, bytes: 0 };
      if (own.questions >= limits.questionsPerKey) return null;
      own.questions += 1;
      held.set(key, own);
      let mine: number | null = 0;
      return {
        hold(bytes) {
          if (mine === null) return "unavailable";
          if (own.bytes + bytes > limits.bytesPerKey) return "too-many";
          if (inAll + bytes > limits.bytesInAll) return "full";
          mine += bytes;
          own.bytes += bytes;
          inAll += bytes;
          return null;
        },
        release() {
          if (mine === null) return;
          own.bytes -= mine;
          inAll -= mine;
          own.questions -= 1;
          mine = null;
          if (own.questions === 0) held.delete(key);
        },
      };
    },
  };
}
