/** What every contestant shows and receives; the same text for all. */

/** Messages in the history of the main run, questions and answers in turn. */
export const HISTORY_LENGTH = 1_000;
/** Deltas of the streamed reply. */
export const DELTA_COUNT = 2_000;
/** Characters per delta. */
const DELTA_CHARS = 40;
/** From one delta to the next, milliseconds. */
export const DELTA_EVERY_MS = 8;

const WORDS =
  "the gateway keeps a session open while a model writes and every client that listens sees the same text arrive in small pieces which is why the cost of one piece must not grow with the length of a thread or of the answer".split(
    " ",
  );

/** A generator of numbers in [0, 1) that says the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function sentence(random: () => number): string {
  const length = 8 + Math.floor(random() * 12);
  const words = Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)] ?? "text");
  const at = Math.floor(random() * words.length);
  const marked = words[at] ?? "text";
  const style = random();
  if (style < 0.2) words[at] = `**${marked}**`;
  else if (style < 0.4) words[at] = `\`${marked}\``;
  else if (style < 0.5) words[at] = `[${marked}](https://example.com/${marked})`;
  return `${words.join(" ")}.`;
}

function block(random: () => number): string {
  const kind = random();
  if (kind < 0.1) return `## ${sentence(random)}`;
  if (kind < 0.2) return Array.from({ length: 4 }, () => `- ${sentence(random)}`).join("\n");
  if (kind < 0.3)
    return `\`\`\`ts\n${Array.from({ length: 8 }, (_, line) => `const value${line} = read(${Math.floor(random() * 1_000)});`).join("\n")}\n\`\`\``;
  if (kind < 0.35) return `| name | value |\n| --- | --- |\n| one | ${sentence(random)} |\n| two | 2 |`;
  return Array.from({ length: 4 }, () => sentence(random)).join(" ");
}

function markdown(seed: number, length: number): string {
  const random = chance(seed);
  let text = "";
  while (text.length < length) text += `${block(random)}\n\n`;
  return text;
}

/** One stored message. */
export interface StoredText {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** A thread of `length` messages: short questions, answers in markdown of about 400 characters. */
export function history(length: number): StoredText[] {
  return Array.from({ length }, (_, index) =>
    index % 2 === 0
      ? { id: `m${index}`, role: "user", text: `Question ${index}: ${sentence(chance(index + 1))}` }
      : { id: `m${index}`, role: "assistant", text: markdown(index + 1, 400).trim() },
  );
}

/** The streamed reply, cut into deltas. */
export function deltas(count: number): string[] {
  const text = markdown(7, count * DELTA_CHARS);
  return Array.from({ length: count }, (_, index) =>
    text.slice(index * DELTA_CHARS, (index + 1) * DELTA_CHARS),
  );
}
