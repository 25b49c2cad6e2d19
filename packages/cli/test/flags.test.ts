import { EventEmitter } from "node:events";

import { expect, test } from "vitest";

import { createFlagReader, helpText, readArguments, untilToldToStop } from "@automna/cli";
import type { FlagDescription } from "@automna/cli";

const FLAGS = [
  { name: "port", kind: "number", default: "80", about: "Where it listens" },
  { name: "wait", kind: "duration", default: "5s", about: "How long it waits" },
  { name: "loud", kind: "boolean", default: "false", about: "Says more" },
  { name: "name", kind: "text", default: "none", about: "What it is called" },
  { name: "key", kind: "text", default: "none", about: "What opens it" },
  { name: "at", kind: "text", default: "none", about: "Where it is" },
] as const satisfies readonly FlagDescription[];

type Name = (typeof FLAGS)[number]["name"];

function reader(...args: string[]) {
  const problems: string[] = [];
  const { given, rest, help } = readArguments(args, FLAGS, problems);
  return { read: createFlagReader<Name>(given, problems, ["key"]), rest, help, problems };
}

test("flags come first, with one dash or two, with = or the next argument as their value", () => {
  const { read, rest, problems } = reader(
    "--port=81",
    "-wait",
    "1m30s",
    "--loud",
    "--name",
    "a=b",
    "dir",
    "--port",
  );
  expect([read.port("port", 80), read.duration("wait", 5_000, 1), read.boolean("loud", false)]).toEqual([
    81,
    90_000,
    true,
  ]);
  expect(read.text("name", "none")).toBe("a=b");
  expect(rest).toEqual(["dir", "--port"]);
  expect(problems).toEqual([]);
});

test("-- ends the flags, and what is not given has its fallback", () => {
  const { read, rest } = reader("--loud=F", "--", "--port");
  expect(rest).toEqual(["--port"]);
  expect([read.boolean("loud", true), read.port("port", 80), read.origin("at", undefined)]).toEqual([
    false,
    80,
    undefined,
  ]);
});

test.each<[string[], (read: ReturnType<typeof reader>["read"]) => unknown, string]>([
  [["--prot=1"], (read) => read.port("port", 1), "--prot is not a flag of this program: see --help."],
  [["--port"], (read) => read.port("port", 1), "--port needs a value: write --port=80."],
  [["--port=0"], (read) => read.port("port", 1), '--port must be a port from 1 to 65535, not "0".'],
  [
    ["--port=8e1"],
    (read) => read.count("port", 1, 99),
    '--port must be a whole number from 1 to 99, not "8e1".',
  ],
  [["--loud=maybe"], (read) => read.boolean("loud", true), '--loud must be true or false, not "maybe".'],
  [["--name="], (read) => read.text("name", "x"), '--name must be something, not "".'],
  [[], (read) => read.text("name", ""), "--name is empty: give it a value."],
  [
    ["--wait=999ms"],
    (read) => read.duration("wait", 1, 1_000),
    '--wait must be a duration of at least 1s, such as 5s, 800ms or 1m30s, not "999ms".',
  ],
  [
    ["--wait=600h"],
    (read) => read.duration("wait", 1, 1),
    '--wait must be a duration of at least 1ms, such as 5s, 800ms or 1m30s, not "600h".',
  ],
  [
    ["--at=https://a.example/path"],
    (read) => read.origin("at", undefined),
    '--at must be an address such as https://dev.example, not "https://a.example/path".',
  ],
])("the mistake in %j is said in a sentence", (args, use, sentence) => {
  const { read, problems } = reader(...args);
  use(read);
  expect(problems).toEqual([sentence]);
});

test("the value of a secret flag is not repeated", () => {
  const { read, problems } = reader("--key=short");
  read.read("key", "", () => undefined, "16 characters or more");
  expect(problems).toEqual(["--key must be 16 characters or more."]);
});

test("--help is an answer, not a mistake, and names every flag and variable", () => {
  expect(reader("--help", "--nonsense")).toMatchObject({ help: true, problems: [] });
  const environment = [{ name: "KEY", about: "The same as --key" }];
  const text = helpText({ usage: "it [flags]", about: "Does it.", flags: FLAGS, environment });
  expect(text.split("\n")).toEqual([
    "Usage: it [flags]",
    "",
    "Does it.",
    "",
    "  --port  Where it listens (80)",
    "  --wait  How long it waits (5s)",
    "  --loud  Says more (false)",
    "  --name  What it is called (none)",
    "  --key   What opens it (none)",
    "  --at    Where it is (none)",
    "",
    "Environment:",
    "  KEY  The same as --key",
    "",
  ]);
});

test.each(["SIGINT", "SIGTERM"])("%s is heard as being told to stop", async (signal) => {
  const source = new EventEmitter();
  const told = untilToldToStop(source);
  source.emit(signal);
  await told;
});
