// Runs where it sees no process but its own (namespaces of processes and network): starts real servers with `oc` and
// one of another user, runs `oc-kill`, and prints what was said and what is left.
//   node own-and-foreign-servers.ts OPENCODE FOLDER
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const [program = "", root = ""] = process.argv.slice(2);
const NOBODY = 65_534;
/** Neither one that `oc` gives, nor one that the system gives away. */
const FOREIGN_PORT = 20_000;
const FIRST_PORT = 20_001;
const bin = (name: string): string => join(import.meta.dirname, "../../apps/opencode-router/bin", name);
const run = promisify(execFile);

async function answers(port: number): Promise<boolean> {
  // Who is asked while it starts may never answer that one question.
  const signal = AbortSignal.timeout(5_000);
  return fetch(`http://127.0.0.1:${port}/global/health`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(200);
}

/** `[start] /a/one on port 1` is `[start] one`. */
function short(line: string): string {
  const [, kind, folder] = /^(\[\w+\])(?: \d+)? (\S+?)(?::| on|$)/.exec(line) ?? [];
  return kind && folder ? `${kind} ${basename(folder)}` : line;
}

function startOc(names: readonly string[]) {
  const child = spawn(
    process.execPath,
    [bin("oc.ts"), ...names.map((name) => join(root, "projects", name))],
    {
      env: { ...process.env, OPENCODE_COMMAND: program },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const ports = (): number[] =>
    lines.map((line) => Number(/on port (\d+)$/.exec(line)?.[1])).filter((port) => port > 0);
  const said = (): string[] => lines.filter((line) => !line.startsWith("[end]")).map(short);
  return { said, ports, ended: once(child, "close").then(([code]: unknown[]) => code) };
}

await run("ip", ["link", "set", "lo", "up"]);
for (const name of ["one", "two", "three"]) await mkdir(join(root, "projects", name), { recursive: true });
const foreign = join(dirname(program), "foreign");
await mkdir(foreign);
await chown(foreign, NOBODY, NOBODY);
const other = spawn(
  "setpriv",
  ["--reuid=65534", "--regid=65534", "--clear-groups", program, "serve", "--port", String(FOREIGN_PORT)],
  { cwd: foreign, env: { PATH: process.env["PATH"], HOME: foreign }, stdio: "ignore" },
);

// Servers that start at once in a new home race for its database, and one may end with an error: it is made before.
const maker = spawn(program, ["serve", "--port", String(FIRST_PORT)], { cwd: root, stdio: "ignore" });
await until(() => answers(FIRST_PORT));
const made = once(maker, "exit");
maker.kill("SIGTERM");
await made;

const first = startOc(["one", "two"]);
await until(() => first.ports().length === 2);
for (const port of first.ports()) await until(() => answers(port));
const second = startOc(["two", "three"]);
await until(() => second.ports().length === 1);
const own = [...first.ports(), ...second.ports()];
for (const port of [...own, FOREIGN_PORT]) await until(() => answers(port));

const killed = await run(process.execPath, [bin("oc-kill.ts")]);
const codes = await Promise.all([first.ended, second.ended]);
const left = [];
for (const port of own) if (await answers(port)) left.push(String(port));
if (other.exitCode === null && other.signalCode === null) {
  await until(() => answers(FOREIGN_PORT));
  left.push("foreign");
}
const again = await run(process.execPath, [bin("oc-kill.ts")]);
process.stdout.write(
  JSON.stringify({
    first: first.said(),
    second: second.said(),
    listed: killed.stdout.trim().split("\n").map(short).toSorted(),
    left,
    codes,
    again: again.stdout,
  }),
);
other.kill("SIGKILL");
process.exit(0);
