import * as v from "valibot";

const count = v.pipe(v.number(), v.integer());
const instant = v.pipe(v.string(), v.isoTimestamp());

const used = {
  requests: v.pipe(count, v.description("Answers.")),
  inputTokens: v.pipe(count, v.description("Tokens that the model read.")),
  outputTokens: v.pipe(count, v.description("Tokens that it wrote.")),
  cost: v.nullable(
    v.pipe(v.number(), v.description("US dollars, by the configured prices; null without prices.")),
  ),
};
const usedTokens = v.object(used);
export type UsedTokens = v.InferOutput<typeof usedTokens>;

/** What one person's agents used of the operator's model. */
export const usage = v.pipe(
  v.object({
    paidBy: v.pipe(
      v.picklist(["operator", "person"]),
      v.description("`person`: their own key is used, whose provider counts; nothing is counted here."),
    ),
    today: v.pipe(usedTokens, v.description("Since midnight UTC.")),
    month: v.pipe(usedTokens, v.description("Since the first of the month, UTC.")),
    budget: v.nullable(
      v.pipe(
        v.object({ dailyTokens: count, left: count, renewsAt: instant }),
        v.description("What may be used in a day, read and written together; null without a limit."),
      ),
    ),
  }),
  v.title("Usage"),
);
export type Usage = v.InferOutput<typeof usage>;

/** The same of everybody, and who used most in this month. */
export const usageOfAll = v.pipe(
  v.object({
    today: usedTokens,
    month: usedTokens,
    dailyTokens: v.nullable(count),
    people: v.array(v.object({ clerkId: v.string(), ...used })),
  }),
  v.title("UsageOfAll"),
);
export type UsageOfAll = v.InferOutput<typeof usageOfAll>;
