import { parse } from "yaml";

/** What a task asks for. */
export interface Work {
  /** Name of the project's folder. */
  readonly project: string;
  /** `provider/model`, or a model's name alone. */
  readonly model: string | undefined;
  readonly agent: Agent;
  readonly prompt: string;
}

export const AGENTS = ["coder", "task"] as const;
type Agent = (typeof AGENTS)[number];

export type ReadWork =
  | { readonly kind: "work"; readonly work: Work; readonly tags: readonly string[] }
  /** Its writer can put it right: each problem says how. */
  | { readonly kind: "faulty"; readonly problems: readonly string[]; readonly tags: readonly string[] };

const FRONTMATTER = /^\s*---[ \t]*\r?\n((?:.*?\r?\n)??)---[ \t]*(?:\r?\n|$)(.*)$/s;

/** Reads a task's text: YAML between two lines of `---`, then the prompt. */
export function readWork(text: string): ReadWork {
  const [, yaml, body = ""] = FRONTMATTER.exec(text.replace(/^\uFEFF/, "")) ?? [];
  if (yaml === undefined) {
    return faulty("Begin the task with a line ---, a line project: NAME, and another line ---.");
  }
  const fields = readFields(yaml);
  if (typeof fields === "string") return faulty(fields, readTags(yaml));
  const problems: string[] = [];
  const project = word(fields["project"]);
  if (project === undefined) problems.push("Write the name of the project's folder as project: NAME.");
  const model = fields["model"] === undefined ? undefined : word(fields["model"]);
  if (fields["model"] !== undefined && model === undefined) {
    problems.push("Write model: as provider/model, or leave it out.");
  }
  const agent = AGENTS.find((name) => name === (fields["agent"] ?? AGENTS[0]));
  if (agent === undefined) problems.push(`Write agent: as ${AGENTS.join(" or ")}, or leave it out.`);
  const prompt = body.trim();
  if (prompt === "") problems.push("Write what is to be done below the second line ---.");
  const tags = readTags(fields["tags"]);
  if (project === undefined || agent === undefined || problems.length > 0) {
    return { kind: "faulty", problems, tags };
  }
  return { kind: "work", work: { project, model, agent, prompt }, tags };
}

function faulty(problem: string, tags: readonly string[] = []): ReadWork {
  return { kind: "faulty", problems: [problem], tags };
}

/** The fields, or what is wrong with them. */
function readFields(yaml: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = parse(yaml) ?? {};
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value));
    }
    return "Write the lines between the two --- as NAME: VALUE.";
  } catch (error) {
    const [reason = ""] = error instanceof Error ? error.message.split("\n") : [];
    return `The lines between the two --- are no YAML: ${reason.replace(/:$/, "")}.`;
  }
}

function word(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? undefined : text;
}

/** A list, or the words of a text; with or without `#`. */
function readTags(value: unknown): string[] {
  const words = typeof value === "string" ? value.split(/[\s,[\]"']+/) : [];
  const list: readonly unknown[] = Array.isArray(value) ? value : words;
  return list.map((tag) => String(tag).replace(/^#/, "").toLowerCase()).filter((tag) => tag !== "");
}
