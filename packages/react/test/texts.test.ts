import type { MessageError } from "@automna/client";
import { describe, expect, test } from "vitest";

import { speakable, SPOKEN_CHARS } from "../src/announce/speakable.ts";
import { matchCommands, commandPrefix } from "../src/composer/slash-commands.ts";
import { tabDrafts } from "../src/composer/drafts.ts";
import { readFile, toBase64 } from "../src/composer/read-files.ts";
import { secondsUntil, formatSeconds } from "../src/connection/describe-connection.ts";
import { formatDay } from "../src/i18n/formats.ts";
import { de, en } from "../src/i18n/index.ts";
import { describeMessageError } from "../src/parts/describe-message-error.ts";
import { imageSource } from "../src/parts/image-view.tsx";
import { titleOf } from "../src/parts/session-list.tsx";
import { previewArguments, previewCall } from "../src/parts/tool-format.ts";
import { clip, CLIP_CHARS, formatArguments } from "../src/parts/tool-text.ts";

describe("what a screen reader says of a reply", () => {
  test.each([
    ["**bold** and `code`", "bold and code"],
    ["# Title\n\n- one\n- two", "Title one two"],
    ["see [the site](https://example.com/a_(b))", "see the site"],
    ["```ts\nconst a = 1;\n```", "const a = 1;"],
    ["| a | b |\n| --- | --- |\n| 1 | 2 |", "a b 1 2"],
    ["> quoted\n\n  * nested", "quoted nested"],
    ["![a [b](c.png) and [d](e)", "![a b and d"],
    [`${" ".repeat(5_000)}late`, "late"],
    ["", ""],
  ])("%j is said as %j", (markdown, said) => {
    expect(speakable(markdown)).toBe(said);
  });

  test("the beginning of a long one", () => {
    expect(speakable("word ".repeat(5_000)).length).toBe(SPOKEN_CHARS + 1);
  });
});

describe("a tool call in one line", () => {
  test.each([
    [{ command: "ls\n  -la" }, "ls -la"],
    [{ mode: "fast", path: "/etc/hosts" }, "/etc/hosts"],
    [{ count: 3, text: "first text" }, "first text"],
    [{ count: 3 }, ""],
    ["plain text", "plain text"],
    [null, ""],
    [["a"], "a"],
  ])("%j is told by %j", (args, line) => {
    expect(previewArguments(args)).toBe(line);
  });

  test.each([
    ["a title of the gateway's", "Fetch the page", "Fetch the page"],
    ["a title that begins with the tool's name", "Exec print text", "print text"],
    ["a title that begins with a longer word", "Execute it", "Execute it"],
    ["a title that is the tool's name", "Exec", "echo hello"],
    ["no title", undefined, "echo hello"],
  ])("beside the name, with %s", (_, title, line) => {
    const call = { name: "exec", args: { command: "echo hello" }, ...(title !== undefined && { title }) };
    expect(previewCall(call)).toBe(line);
  });

  test.each([
    [undefined, ""],
    [{}, ""],
    ["as it is", "as it is"],
    [{ a: 1 }, '{\n  "a": 1\n}'],
  ])("the whole of %j", (args, text) => {
    expect(formatArguments(args)).toBe(text);
  });

  test("a text at the limit is whole, one above it is clipped", () => {
    expect(clip("x".repeat(CLIP_CHARS)).clipped).toBe(false);
    expect(clip("x".repeat(CLIP_CHARS + 1))).toEqual({ text: `${"x".repeat(CLIP_CHARS)}…`, clipped: true });
  });
});

describe("slash commands", () => {
  test.each([
    ["/", ""],
    ["/Th", "th"],
    ["/think ", null],
    ["/usr/bin", null],
    ["a /think", null],
  ])("%j is the prefix %j", (text, prefix) => {
    expect(commandPrefix(text)).toBe(prefix);
  });

  test("those that begin like it come before those that contain it", () => {
    const commands = ["rethink", "/think", "status"].map((name) => ({ name, description: "" }));
    expect(matchCommands(commands, "th").map(({ name }) => name)).toEqual(["/think", "rethink"]);
  });
});

describe("drafts of a tab", () => {
  function area(): Storage {
    const values = new Map<string, string>();
    return {
      get length() {
        return values.size;
      },
      clear: () => values.clear(),
      getItem: (key) => values.get(key) ?? null,
      key: (index) => [...values.keys()][index] ?? null,
      removeItem: (key) => void values.delete(key),
      setItem: (key, value) => void values.set(key, value),
    };
  }

  test("survive a reload, and are another person's in another scope", () => {
    const storage = area();
    tabDrafts("wss://a.example", () => storage).set("main", "half a thought");
    expect(tabDrafts("wss://a.example", () => storage).get("main")).toBe("half a thought");
    expect(tabDrafts("wss://b.example", () => storage).get("main")).toBe("");
    tabDrafts("wss://a.example", () => storage).set("main", "");
    expect(storage.length).toBe(0);
  });

  test("last as long as the page where storage is blocked", () => {
    const drafts = tabDrafts("x", () => {
      throw new Error("blocked");
    });
    drafts.set("main", "still here");
    expect(drafts.get("main")).toBe("still here");
  });
});

test("a file is read byte for byte; one that cannot be read fails", async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  const broken = new File([], "gone.txt");
  broken.arrayBuffer = () => Promise.reject(new Error("NotReadableError"));
  await expect(readFile(broken)).rejects.toThrow("NotReadableError");
  expect(await readFile(new File([bytes], "a.bin"))).toEqual({
    fileName: "a.bin",
    mimeType: "application/octet-stream",
    size: 100_000,
    content: toBase64(bytes),
  });
  expect(await readFile(new File(["b"], "b.txt", { type: "text/plain" }))).toMatchObject({
    mimeType: "text/plain",
    size: 1,
  });
  const prepared = await readFile(new File(["large"], "a.txt"), (file) => new File(["small"], file.name));
  expect(prepared).toMatchObject({ fileName: "a.txt", content: toBase64(Buffer.from("small")) });
  expect(Buffer.from(toBase64(bytes), "base64").equals(bytes)).toBe(true);
});

test.each([
  ["data:image/png;base64,AAAA", "data:image/png;base64,AAAA"],
  ["data:image/svg+xml;base64,AAAA", null],
  ["data:text/html;base64,AAAA", null],
  ["https://elsewhere.example/a.png", null],
  [undefined, null],
])("without the host's word, the picture %j is shown from %j", (url, source) => {
  expect(imageSource(url, () => null)).toBe(source);
});

test.each([
  [{ key: "agent:main:main", title: "agent:main:main" }, "Main session"],
  [{ key: "agent:main:rome", title: "" }, "rome"],
  [{ key: "agent:main:rome", title: "Trip" }, "Trip"],
  [{ key: "", title: "" }, "Untitled session"],
  [{ key: "agent:main:web-93b6cd28", title: "" }, "Untitled session"],
  [{ key: "agent:main:web-93b6cd28", title: "web-93b6cd28" }, "Untitled session"],
  [{ key: "agent:main:web-93b6cd28", title: "The spreadsheet" }, "The spreadsheet"],
])("the session %j is called %j", (session, title) => {
  expect(titleOf(session, en.sessions)).toBe(title);
});

test("days are named as a reader counts them", () => {
  const now = new Date(2026, 0, 5, 0, 30).getTime();
  const at = (...parts: [number, number, number, number]) => new Date(...parts).getTime();
  expect(formatDay(at(2026, 0, 5, 0), now, en)).toBe("Today");
  expect(formatDay(at(2026, 0, 4, 23), now, de)).toBe("Gestern");
  expect(formatDay(at(2026, 0, 2, 12), now, en)).toBe("Friday, January 2");
  expect(formatDay(at(2024, 1, 29, 12), now, de)).toBe("29. Februar 2024");
});

test("a countdown never goes below zero, and turns to minutes when it is long", () => {
  expect(secondsUntil(1_000, 9_000)).toBe(0);
  expect(formatSeconds(5, "en")).toBe("5 sec");
  expect(formatSeconds(300, "de")).toBe("5 Min.");
});

test.each([
  [89, "89 sec"],
  [91, "1 min 31 sec"],
  [120, "2 min"],
  [599, "9 min 59 sec"],
  [600, "10 min"],
  [3_590, "60 min"],
  [620, "10 min"],
])("%d seconds are said as they are: %s", (seconds, said) => {
  expect(formatSeconds(seconds, "en")).toBe(said);
});

test("what the client says itself is not said to who reads another language", () => {
  const error: MessageError = {
    kind: "interrupted",
    message: "The gateway restarted before it could answer.",
  };
  expect(describeMessageError(error, en)).toBe(error.message);
  expect(describeMessageError(error, de)).toBe(de.message.error.interrupted);
});

test("what a gateway says stays beside the translation", () => {
  const error: MessageError = { kind: "rejected", message: "session is archived" };
  expect(describeMessageError(error, de)).toBe(`${de.message.error.rejected} (session is archived)`);
});
