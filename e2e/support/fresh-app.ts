import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const templates = join(import.meta.dirname, "..", "fresh-apps");

interface Manifest {
  dependencies: Record<string, string>;
}

/** A user's app in a folder of its own, outside of the workspace. */
export interface FreshApp {
  readonly folder: string;
  /** Runs a program of the app to its end. Rejects with all it said unless it ends well. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a program that serves on loopback, and resolves with the origin that it prints. */
  serve(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Copies a template of `e2e/fresh-apps`, adds the tarballs to its dependencies and installs it with npm. */
export async function createFreshApp(
  template: string,
  tarballs: ReadonlyMap<string, string>,
): Promise<FreshApp> {
  const folder = await mkdtemp(join(tmpdir(), `automna-fresh-${template}-`));
  const servers: ChildProcess[] = [];
  const start = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawn(program, args, {
      cwd: folder,
      env: {
        ...process.env,
        NODE_ENV: "",
        NO_COLOR: "1",
        NEXT_TELEMETRY_DISABLED: "1",
        ...env,
        PATH: pathOf(folder),
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  const app: FreshApp = {
    folder,
    run: (program, args, env) => untilItEnds(start(program, args, env), `${program} ${args.join(" ")}`),
    serve: (program, args, env) => {
      const server = start(program, args, env);
      servers.push(server);
      return untilItServes(server, `${program} ${args.join(" ")}`);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map(stopGroup));
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await cp(join(templates, template), folder, { recursive: true });
    await addDependencies(join(folder, "package.json"), tarballs);
    await app.run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]);
    return app;
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
}

function pathOf(folder: string): string {
  return `${join(folder, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`;
}

async function addDependencies(file: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  const manifest = JSON.parse(await readFile(file, "utf8")) as Manifest;
  for (const [name, tarball] of tarballs) manifest.dependencies[name] = `file:${tarball}`;
  await writeFile(file, JSON.stringify(manifest, null, 2));
}

/** Collects what a program says on both streams. */
function transcriptOf(child: ChildProcess): () => string {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return () => said;
}

function untilItEnds(child: ChildProcess, command: string): Promise<string> {
  const said = transcriptOf(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(said());
      else reject(new Error(`"${command}" ended with status ${code}:\n${said()}`));
    });
  });
}

async function untilItServes(child: ChildProcess, command: string): Promise<string> {
  const said = transcriptOf(child);
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`"${command}" ended with status ${code}:\n${said()}`)));
  });
  return Promise.race([ended, printedOrigin(child)]);
}

async function printedOrigin(child: ChildProcess): Promise<string> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (origin !== undefined) return origin;
    }
  }
  // Its end says more than the end of its output.
  return new Promise<never>(() => undefined);
}

/** A server may have started others: its whole group ends. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  process.kill(-child.pid, "SIGKILL");
  await closed;
}
