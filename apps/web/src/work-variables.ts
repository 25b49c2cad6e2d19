import * as v from "valibot";
import { text, wholeNumber } from "./variable-kinds.ts";

const DAY_MS = 86_400_000;

/** Variables about the work on gateways, who may see it, and what starts it. */
export const workVariables = {
  CLERK_WEBHOOK_SIGNING_SECRET: v.optional(
    text("Secret of the webhook endpoint `/api/webhooks/clerk` in Clerk. Unset: no webhooks are taken."),
  ),
  ADMIN_USERS: v.optional(
    text("Clerk's ids of the people who may see `/admin`, separated by commas. The local user always may."),
    "",
  ),
  MAX_GATEWAYS: v.optional(
    wholeNumber(
      "Most gateways that run at a time; who wants one more is asked to come back. Unset: in containers as many as the machines have memory for, each at half of its limit; else 500.",
      1,
      100_000,
    ),
  ),
  MAX_WAITING: v.optional(
    wholeNumber("Most gateways that wait for their start at a time.", 1, 100_000),
    "100",
  ),
  WORK_CONCURRENCY: v.optional(
    wholeNumber("Gateways that a working process starts or stops at a time.", 1, 256),
    "4",
  ),
  START_TIMEOUT_MS: v.optional(
    wholeNumber(
      "From a gateway's start to its first answer, in milliseconds; getting an image does not count.",
      1_000,
      3_600_000,
    ),
    "120000",
  ),
  IDLE_STOP_MINUTES: v.optional(
    wholeNumber(
      "A gateway that nobody used for this long is stopped, and woken by the next visit; 0: never.",
      0,
      525_600,
    ),
    "0",
  ),
  POOL_SIZE: v.optional(
    wholeNumber(
      "Started gateways that wait for an owner, so that a new person has theirs at once. Fewer wait where `MAX_GATEWAYS` leaves no place.",
      0,
      1_000,
    ),
    "0",
  ),
  KEEP_DATA_DAYS: v.optional(
    wholeNumber("How long the data of a deleted gateway is kept before it is removed.", 0, 3_650),
    "7",
  ),
};

type WorkVariables = v.InferOutput<ReturnType<typeof schema>>;
const schema = () => v.object(workVariables);

/** The same, as the app uses them. */
export function workConfig(env: WorkVariables) {
  return {
    webhookSecret: env.CLERK_WEBHOOK_SIGNING_SECRET ?? null,
    operators: new Set(
      env.ADMIN_USERS.split(",")
        .map((id) => id.trim())
        .filter(Boolean),
    ),
    capacity: { maxRunning: env.MAX_GATEWAYS ?? null, maxWaiting: env.MAX_WAITING },
    keepDataMs: env.KEEP_DATA_DAYS * DAY_MS,
    work: {
      maxRunning: env.MAX_GATEWAYS ?? null,
      concurrency: env.WORK_CONCURRENCY,
      idleAfterMs: env.IDLE_STOP_MINUTES === 0 ? null : env.IDLE_STOP_MINUTES * 60_000,
      poolSize: env.POOL_SIZE,
      readyTimeoutMs: env.START_TIMEOUT_MS,
    },
  };
}
