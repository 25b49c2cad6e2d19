import { describe, expect, test } from "vitest";

import { openRaw } from "./raw-client.ts";
import { readRequests } from "./raw-upstream.ts";
import type { RawRequest } from "./raw-upstream.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream } from "./rig.ts";
import { SMUGGLING_CASES } from "./smuggling-cases.ts";
import type { SmugglingCase } from "./smuggling-cases.ts";

test("the suite holds sixty cases or more", () => {
  expect(SMUGGLING_CASES.length).toBeGreaterThanOrEqual(60);
});

describe.each(SMUGGLING_CASES)("$name", (smuggling) => {
  test("a lenient upstream executes no hidden request, and at most one visible one", async () => {
    const executed: RawRequest[] = [];
    const upstream = await startRawUpstream((socket) => {
      readRequests(socket, (request) => {
        executed.push(request);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
      });
    });
    const answers = await attack(upstream.origin, smuggling);
    const attacked = executed.filter(({ head }) => !head.includes("/after"));
    check(
      smuggling,
      answers,
      attacked.map(({ head }) => head.split("\r\n")[0] ?? ""),
    );
    for (const { head } of attacked) expect(isWellFormed(head), head).toBe(true);
  });

  test("neither does a stock node upstream", async () => {
    const executed: string[] = [];
    const upstream = await startUpstream((req, res) => {
      executed.push(`${req.method} ${req.url} HTTP/1.1`);
      req.resume().on("end", () => res.end("done"));
    });
    const answers = await attack(upstream.origin, smuggling);
    check(
      smuggling,
      answers,
      executed.filter((line) => !line.includes("/after")),
    );
  });
});

/** Sends the case, then an innocent request on another connection: it must get its own answer. */
async function attack(origin: string, { bytes }: SmugglingCase): Promise<string> {
  const front = await startFront({ route: readyRoute(origin) });
  const client = openRaw(front.port);
  client.send(bytes);
  const first = await Promise.race([client.ended(), client.has(/^HTTP[^]*\r\n\r\n/)]);
  const after = openRaw(front.port);
  after.send("GET /r/after HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
  expect(await after.ended()).toMatch(/^HTTP\/1\.1 200 OK[^]*done$/);
  return first;
}

function check({ expect: expected }: SmugglingCase, answer: string, executed: readonly string[]): void {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  const refusals = status >= 400 && status < 500;
  expect(executed.filter((line) => line.startsWith("GET /hidden "))).toEqual([]);
  if (expected === "refused") {
    expect(refusals, answer).toBe(true);
    if (executed.length > 0) expect(answer).not.toContain("200 OK");
  } else {
    expect(executed.length).toBeLessThanOrEqual(1);
    expect(refusals || status === 200, answer).toBe(true);
  }
}

function isWellFormed(head: string): boolean {
  const [start = "", ...fields] = head.split("\r\n");
  if (!/^[A-Z]+ \/[!-~]* HTTP\/1\.1$/.test(start)) return false;
  if (fields.some((field) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[ \t]*[ -~\t\u0080-\u00ff]*$/.test(field)))
    return false;
  const framing = fields.filter((field) => /^(?:content-length|transfer-encoding):/i.test(field));
  return framing.length <= 1 && fields.filter((field) => /^host:/i.test(field)).length === 1;
}
