import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "../src/server/log.ts";

function capture() {
  let text = "";
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  return { ...createLog("trace", destination), text: () => text };
}

test("a line is one JSON object with its level, time and fields", () => {
  const { logger, text } = capture();
  logger.info({ instance: "abc", status: 200 }, "access");
  expect(JSON.parse(text())).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    instance: "abc",
    status: 200,
    msg: "access",
  });
});

test("no field of a secret's name is written, however deep it lies", () => {
  const { logger, text } = capture();
  const headers = {
    authorization: "Bearer s3cr3t-value",
    cookie: "s3cr3t-value",
    "set-cookie": ["s3cr3t-value"],
  };
  logger.warn({ token: "s3cr3t-value", deep: { deeper: [{ headers, password: "s3cr3t-value" }] } }, "x");
  expect(text()).not.toContain("s3cr3t-value");
});

test("a known secret is written nowhere, not in a text, a field or an error", () => {
  const { logger, redactor, text } = capture();
  redactor.add("very-secret-token");
  const error = new Error("refused very-secret-token", { cause: new Error("because very-secret-token") });
  logger.error({ err: error, note: "with very-secret-token", list: ["very-secret-token"] }, "went wrong");
  expect(text()).not.toContain("very-secret-token");
  expect(JSON.parse(text())).toMatchObject({
    err: { type: "Error", message: expect.stringContaining("refused") },
  });
});
