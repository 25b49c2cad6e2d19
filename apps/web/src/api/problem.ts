import * as v from "valibot";

/** An error as RFC 9457 has it. */
export const problem = v.pipe(
  v.object({
    type: v.literal("about:blank"),
    status: v.number(),
    code: v.pipe(v.string(), v.description("Stable; for programs.")),
    title: v.string(),
    detail: v.pipe(v.string(), v.description("What happened and what to do next; for people.")),
  }),
  v.title("Problem"),
);
