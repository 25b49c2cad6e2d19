import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { freePort, freeRange } from "../scripts/free-port.ts";
import { namespaces, ssh } from "../scripts/requirements.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { createOpencodeHome, opencodeProgram, startRouterProcess } from "./support/opencode.ts";
import type { OpencodeHome, RouterProcess } from "./support/opencode.ts";
import { startSshServer } from "./support/ssh.ts";
import type { SshServer } from "./support/ssh.ts";
import { startTwoMachines } from "./support/two-machines.ts";
import type { TwoMachines } from "./support/two-machines.ts";

interface BackendItem {
  readonly slug: string;
  readonly port: number;
  readonly url: string;
  readonly project_path: string;
}

let program: string;
let home: OpencodeHome;
let project: string;

beforeAll(async () => {
  program = await opencodeProgram();
  home = await createOpencodeHome();
  project = await home.folder("Archer");
});

afterAll(async () => {
  await home?.remove();
});

/** A router that serves the project, once it has found it. */
async function startRouter(
  flags: readonly string[],
  folders: readonly string[],
  inside: readonly string[] = [],
): Promise<RouterProcess> {
  const base = await freeRange(4);
  const range = [
    `--scan-start=${base}`,
    `--scan-end=${base + 3}`,
    "--scan-interval=1s",
    "--probe-timeout=10s",
  ];
  const common = ["--username=alice", "--mdns=false", `--opencode-command=${program}`];
  const router = await startRouterProcess([...range, ...common, ...flags, ...folders], home.env, inside);
  onTestFinished(async () => void (await router.stop()));
  return router;
}

describe.skipIf(ssh() !== null)("over SSH", () => {
  let server: SshServer;

  beforeAll(async () => {
    server = await startSshServer();
  });

  afterAll(async () => {
    await server?.stop();
  });

  test("ssh -L needs no configuration and no token: paths, API, dashboard and a server itself", async () => {
    const router = await startRouter(["--hostname=127.0.0.1"], [project]);
    const list = async (origin: string) =>
      (await (await fetch(`${origin}/api/backends`)).json()) as BackendItem[];
    await vi.waitFor(async () => expect(await list(router.origin)).toHaveLength(1), {
      timeout: patienceMs,
      interval: 500,
    });
    const [{ port } = { port: 0 }] = await list(router.origin);
    const [local, direct] = [await freePort(), await freePort()];
    const close = await server.forward({ local, remote: router.port }, { local: direct, remote: port });
    onTestFinished(close);

    const origin = `http://localhost:${local}`;
    expect(await list(origin)).toMatchObject([{ slug: "archer", url: `${origin}/archer/` }]);
    const path = await (await fetch(`${origin}/archer/path`)).json();
    expect(path).toMatchObject({ directory: project });
    const dashboard = await fetch(`${origin}/`, { headers: { accept: "text/html" } });
    expect(await dashboard.text()).toContain('href="/archer/"');
    const health = await (await fetch(`http://localhost:${direct}/global/health`)).json();
    expect(health).toMatchObject({ healthy: true });

    const events = await fetch(`${origin}/archer/event`);
    const reader = events.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toContain("server.connected");
    await reader?.cancel();
  });

  test("what runs over there is listed by one command", async () => {
    const router = await startRouter(["--hostname=127.0.0.1"], []);
    const script = `fetch("http://localhost:${router.port}/api/backends").then(async (r) => console.log(await r.text()))`;
    expect(JSON.parse(await server.run(`${process.execPath} -e '${script}'`))).toEqual([]);
  });
});

describe.skipIf(namespaces() !== null)("from another machine", () => {
  let machines: TwoMachines;

  beforeAll(async () => {
    machines = await startTwoMachines();
  });

  afterAll(async () => {
    await machines?.stop();
  });

  test("the token is needed, and with it everything works and every url is right", async () => {
    const router = await startRouter([], [project], machines.near);
    const origin = `http://${machines.address}:${router.port}`;
    const token = /^Token +(\S+)/m.exec(router.output())?.[1] ?? "";
    const bearer = { authorization: `Bearer ${token}` };
    await vi.waitFor(
      async () =>
        expect(JSON.parse((await machines.fetchFromFar(`${origin}/api/backends`, bearer)).body)).toHaveLength(
          1,
        ),
      { timeout: patienceMs, interval: 500 },
    );
    for (const path of ["/api/backends", "/api/health", "/api/events", "/archer/path", "/archer/session"]) {
      expect(await machines.fetchFromFar(`${origin}${path}`)).toMatchObject({ status: 401 });
    }
    expect(
      await machines.fetchFromFar(`${origin}/api/health`, { authorization: "Bearer nope" }),
    ).toMatchObject({
      status: 401,
    });
    const found = await machines.fetchFromFar(`${origin}/api/resolve?name=archer`, bearer);
    const { url } = JSON.parse(found.body) as BackendItem;
    expect(url).toBe(`${origin}/archer/`);
    const path = await machines.fetchFromFar(`${url}path`, bearer);
    expect(JSON.parse(path.body)).toMatchObject({ directory: project });
    const foreign = await machines.fetchFromFar(`${origin}/api/health`, { ...bearer, host: "evil.example" });
    expect(foreign.status).toBe(403);
  });

  test("with --insecure-lan it is not needed", async () => {
    const router = await startRouter(["--insecure-lan"], [], machines.near);
    const answer = await machines.fetchFromFar(`http://${machines.address}:${router.port}/api/health`);
    expect(answer).toMatchObject({ status: 200 });
    expect(router.output()).toContain("everybody on the network may run code here");
  });

  test("with --hostname 127.0.0.1 nobody answers", async () => {
    const router = await startRouter(["--hostname", "127.0.0.1"], [], machines.near);
    const answer = await machines.fetchFromFar(`http://${machines.address}:${router.port}/api/health`);
    expect(answer).toEqual({ status: 0, body: "ECONNREFUSED" });
  });
});

describe.skipIf(namespaces() !== null)("oc and oc-kill", () => {
  test("start, skip and stop the servers of this user, and leave those of others alone", async () => {
    // Another user has to be able to run it.
    const open = await mkdtemp(join(tmpdir(), "opencode-of-all-"));
    onTestFinished(() => rm(open, { recursive: true, force: true }));
    await promisify(execFile)("chmod", ["755", open]);
    const copy = join(open, "opencode");
    await copyFile(program, copy);
    const scenario = join(import.meta.dirname, "support/own-and-foreign-servers.ts");
    const args = [
      "--net",
      "--pid",
      "--fork",
      "--mount-proc",
      "--kill-child",
      process.execPath,
      scenario,
      copy,
      home.root,
    ];
    const { stdout } = await promisify(execFile)("unshare", args, {
      env: { ...home.env },
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    expect(JSON.parse(stdout)).toEqual({
      first: ["[start] one", "[start] two"],
      second: ["[skip] two", "[start] three"],
      listed: ["3 stopped.", "[stop] one", "[stop] three", "[stop] two"],
      left: ["foreign"],
      codes: [0, 0],
      again: "No opencode serve is running. Nothing to stop.\n",
    });
  });
});
