import { execFileSync } from "node:child_process";
import { parseEnv } from "node:util";
import type { ContainerInspectInfo } from "dockerode";
import { describe, expect, test } from "vitest";
import { startDockerDriver } from "../src/containers/index.ts";
import { envFile } from "../src/containers/env-file.ts";
import { plainText, secretsInArchive } from "../src/drivers/docker/container-log.ts";
import { complaintAbout, spacesIn } from "../src/drivers/docker/disk-space.ts";
import { chooseApiVersion } from "../src/drivers/docker/engine.ts";
import { subnetsIn } from "../src/drivers/docker/host-routes.ts";
import { containerIdIn, refuseUnseenDisks } from "../src/drivers/docker/own-container.ts";
import { observationOf } from "../src/drivers/docker/observation.ts";
import { bridgeAddress, freeSubnet, isPool } from "../src/drivers/docker/subnets.ts";
import { filesIn, tarArchive } from "../src/drivers/docker/tar.ts";
import { startWeakEngine } from "./support/weak-engine.ts";

const SUBNETS: readonly [pool: string, taken: string[], free: string | null][] = [
  ["10.213.0.0/16", [], "10.213.0.0/28"],
  ["10.213.0.0/16", ["10.213.0.0/28"], "10.213.0.16/28"],
  ["10.213.0.0/16", ["10.213.0.0/28", "10.213.0.32/28"], "10.213.0.16/28"],
  ["10.213.0.0/16", ["172.17.0.0/16", "fd00::/64"], "10.213.0.0/28"],
  ["10.213.0.0/16", ["10.213.0.0/24"], "10.213.1.0/28"],
  ["10.213.0.0/16", ["10.0.0.0/8"], null],
  ["10.213.0.0/27", ["10.213.0.0/28", "10.213.0.16/28"], null],
];

test.each(SUBNETS)("of %s with %j taken, %s is free", (pool, taken, free) => {
  expect(freeSubnet(pool, taken)).toBe(free);
});

test("what the host has a route to is read from the kernel's table; a default route takes nothing", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t0100D50A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "br-1\t1000D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0",
    "",
  ].join("\n");
  expect(subnetsIn(table)).toEqual(["10.213.0.16/28"]);
});

test("the bridge takes the first address", () => {
  expect(bridgeAddress("10.213.0.16/28")).toBe("10.213.0.17");
});

test.each([
  ["10.213.0.0/16", true],
  ["10.213.0.0/28", true],
  ["10.213.0.0/29", false],
  ["10.213.0.256/16", false],
  ["10.213.0.0", false],
])("%s is a pool: %s", (text, is) => {
  expect(isPool(text)).toBe(is);
});

const VERSIONS: readonly [newest: string, oldest: string, chosen: string | null][] = [
  ["1.41", "1.12", "1.41"],
  ["1.47", "1.24", "1.47"],
  ["1.52", "1.44", "1.47"],
  ["1.40", "1.12", null],
  ["1.60", "1.50", null],
];

test.each(VERSIONS)(
  "an engine of API %s that knows no older than %s is spoken to in %s",
  (newest, oldest, chosen) => {
    if (chosen === null) expect(() => chooseApiVersion(newest, oldest)).toThrow("Install Docker");
    else expect(chooseApiVersion(newest, oldest)).toBe(chosen);
  },
);

test("an archive is one that tar understands, and its files are read back", () => {
  const archive = tarArchive([
    { path: "run/automna/", mode: 0o700, uid: 1000 },
    { path: "run/automna/gateway.env", mode: 0o400, uid: 1000, content: "A='ü'\n" },
    { path: "run/automna/model-key", mode: 0o400, uid: 1000, content: "k".repeat(600) },
    { path: "run/automna/empty", mode: 0o400, uid: 1000, content: "" },
  ]);
  const listed = execFileSync("tar", ["-tvf", "-", "--numeric-owner"], { input: archive, encoding: "utf8" });
  expect(listed).toMatch(
    /^drwx------ 1000\/1000 .* run\/automna\/\n-r-------- 1000\/1000 +7 .*gateway\.env\n-r-------- 1000\/1000 +600 .*model-key\n/,
  );
  expect(filesIn(archive)).toEqual([
    { path: "run/automna/gateway.env", content: "A='ü'\n" },
    { path: "run/automna/model-key", content: "k".repeat(600) },
    { path: "run/automna/empty", content: "" },
  ]);
});

test("a second name in an archive is one for the same file", () => {
  const access = { mode: 0o400, uid: 1000 };
  const archive = tarArchive([
    { path: "run/automna/.next", ...access, content: "{}" },
    { path: "run/automna/openclaw.json", ...access, sameAs: "run/automna/.next" },
  ]);
  const listed = execFileSync("tar", ["-tvf", "-", "--numeric-owner"], { input: archive, encoding: "utf8" });
  expect(listed).toMatch(/\nhr-------- 1000\/1000 .*openclaw\.json link to run\/automna\/\.next\n/);
  expect(filesIn(archive)).toEqual([{ path: "run/automna/.next", content: "{}" }]);
});

describe("the secrets of a container's files", () => {
  const access = { mode: 0o400, uid: 1000 };
  const variables = { AUTOMNA_GATEWAY_TOKEN: "the-token's-value", OPENAI_API_KEY: "the-model-key" };

  test("are the environment's values and every other file but the configuration", () => {
    const archive = tarArchive([
      { path: "automna/.next", ...access, content: "" },
      { path: "automna/gateway.env", ...access, content: envFile(variables) },
      { path: "automna/model-key", ...access, content: "the-key-in-a-file" },
      { path: "automna/openclaw.json", ...access, content: '{"port":18789}' },
    ]);
    expect(secretsInArchive(archive).filter(Boolean)).toEqual([
      ...Object.values(variables),
      "the-key-in-a-file",
    ]);
  });

  test.each([
    ["environment", "gateway.env", envFile(variables), Object.values(variables)],
    ["key", "model-key", "the-key-in-a-file", ["the-key-in-a-file"]],
  ])("are known where a rewrite was cut off after the %s", (_, name, content, secrets) => {
    const archive = tarArchive([
      { path: "automna/.next", ...access, content },
      { path: `automna/${name}`, ...access, sameAs: "automna/.next" },
    ]);
    expect(secretsInArchive(archive)).toEqual(expect.arrayContaining(secrets));
  });
});

test.each(["plain", "with spaces # and hash", "it's", 'a "quoted" word', String.raw`back\nslash`, "$HOME"])(
  "Node reads the value %j back from an environment file",
  (value) => {
    expect(parseEnv(envFile({ SECRET: value }))).toEqual({ SECRET: value });
  },
);

test("the engine's framed output becomes text", () => {
  const piece = (text: string) => {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  expect(plainText(Buffer.concat([piece("one\n"), piece("twö\n")]))).toBe("one\ntwö\n");
});

const POLICY = { maxRestarts: 2, stableAfterMs: 60_000 };
const START = "2026-11-21T10:00:00Z";
const SOON = "2026-11-21T10:00:05Z";
const LATER = "2026-11-21T12:00:00Z";

/** As much of a description as is looked at. */
function container(state: object, more: object = {}): ContainerInspectInfo {
  return {
    RestartCount: 0,
    Config: { Labels: { "ai.automna.revision": "r1" } },
    HostConfig: { Memory: 2 * 1024 ** 3, PortBindings: { "18789/tcp": [{}] } },
    NetworkSettings: { Ports: { "18789/tcp": [{ HostIp: "127.0.0.1", HostPort: "19007" }] }, Networks: {} },
    ...more,
    State: { ExitCode: 0, StartedAt: START, FinishedAt: SOON, ...state },
  } as unknown as ContainerInspectInfo;
}

const OBSERVATIONS: readonly [what: string, ContainerInspectInfo, expected: object][] = [
  [
    "running",
    container({ Status: "running" }, { Id: "c0ffee" }),
    { status: "running", target: { port: 19_007 }, containerId: "c0ffee" },
  ],
  [
    "running without an address",
    container({ Status: "running" }, { NetworkSettings: { Ports: {}, Networks: {} } }),
    { status: "unknown" },
  ],
  [
    "on an internal network",
    container(
      { Status: "running" },
      { HostConfig: {}, NetworkSettings: { Ports: {}, Networks: { a: { IPAddress: "10.213.0.2" } } } },
    ),
    { status: "running", target: { host: "10.213.0.2", port: 18_789 } },
  ],
  [
    "running, and unhealthy",
    container({ Status: "running", Health: { Status: "unhealthy" } }),
    { status: "running", isUnhealthy: true },
  ],
  ["paused", container({ Status: "paused" }), { status: "stopped" }],
  ["created and never started", container({ Status: "created" }), { status: "stopped" }],
  ["being removed", container({ Status: "removing" }), { status: "unknown" }],
  ["restarting", container({ Status: "restarting", ExitCode: 1 }), { status: "restarting" }],
  [
    "ended by somebody",
    container({ Status: "exited", ExitCode: 137 }),
    { status: "stopped", exit: { code: 137 } },
  ],
  [
    "refused its configuration",
    container({ Status: "exited", ExitCode: 78 }),
    { status: "failed", revision: "r1", failure: { code: "config-invalid" } },
  ],
  [
    "restarted too often",
    container({ Status: "exited", ExitCode: 1 }, { RestartCount: 2 }),
    { status: "failed", failure: { code: "crash-loop" } },
  ],
  [
    "restarted often, but each time after a long life",
    container({ Status: "exited", ExitCode: 1, FinishedAt: LATER }, { RestartCount: 2 }),
    { status: "stopped" },
  ],
  [
    "killed for want of memory",
    container({ Status: "exited", ExitCode: 137, OOMKilled: true }, { RestartCount: 2 }),
    {
      status: "failed",
      failure: { message: expect.stringContaining("its limit is 2048 MB. Raise the limit.") },
    },
  ],
];

test.each(OBSERVATIONS)("a container %s", (_, described, expected) => {
  expect(observationOf(described, POLICY)).toMatchObject(expected);
});

test.each<[string, Parameters<typeof complaintAbout>[0], string | null]>([
  ["with room", { blocks: 6000, bavail: 3000, bsize: 4096 }, null],
  ["with its last block gone", { blocks: 6144, bavail: 0, bsize: 4096 }, "24 MB is full"],
  ["that ext4 does not fill to its end", { blocks: 21_623, bavail: 636, bsize: 1024 }, "21 MB is full"],
  ["of a terabyte with 40 MB", { blocks: 2 ** 28, bavail: 10_240, bsize: 4096 }, null],
  ["that is none", { blocks: 0, bavail: 0, bsize: 4096 }, null],
])("a disk %s", (_, space, words) => {
  const complaint = complaintAbout(space);
  if (words === null) expect(complaint).toBeNull();
  else expect(complaint).toMatchObject({ code: "disk-full", message: expect.stringContaining(words) });
});

test("what is left on a gateway's disks is read from its own table of them", () => {
  const table = [
    "Filesystem     1024-blocks     Used Available Capacity Mounted on",
    "tmpfs                16384    12288      4096      75% /home/node",
    "/dev/mapper/a-very-long-name-of-a-disk  4194304 4194304 0 100% /workspace",
    "none                     0        0         0        - /proc",
    "",
  ].join("\n");
  expect(spacesIn(table)).toEqual([
    { blocks: 16_384, bavail: 4096, bsize: 1024 },
    { blocks: 4_194_304, bavail: 0, bsize: 1024 },
  ]);
});

test("a host has the memory that its engine counts", async () => {
  const { host } = await startWeakEngine(() => null);
  const driver = startDockerDriver({ policy: { images: {} }, engine: { host } });
  expect(await driver.memory?.()).toBe(16 * 1024 ** 3);
});

const OWN = "4f2a".repeat(16);
const MOUNTS = `1 0 0:9 / / rw - overlay overlay rw
2 1 8:1 /var/lib/docker/containers/${OWN}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw`;

test.each<[string, string, string | null]>([
  ["of Docker's, by its hostname", MOUNTS, OWN],
  ["whose engine keeps its data elsewhere", MOUNTS.replace("/var/lib/docker", "/docker"), OWN],
  ["that is none", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /proc rw - proc proc rw", null],
])("a container %s", (_, mountInfo, id) => {
  expect(containerIdIn(mountInfo)).toBe(id);
});

describe("disks by image files", () => {
  const disk = { kind: "loopback", bytes: 1024, directory: "/data/disks" } as const;
  const mountInfo = () => Promise.resolve(MOUNTS);

  test("are refused in a container of the engine, which would not see them", async () => {
    const { host, asked } = await startWeakEngine(() => ({ Id: OWN }));
    await expect(refuseUnseenDisks({ disk, engine: { host } }, mountInfo)).rejects.toThrow(
      /GATEWAY_DISK_BY to quota or tmpfs/,
    );
    expect(asked).toContain(`GET /containers/${OWN}/json`);
  });

  test("are taken outside of any container, by an engine that is another's, and while the engine is away", async () => {
    const { host } = await startWeakEngine(() => null);
    const refused = [
      refuseUnseenDisks({ disk, engine: { host } }, () => Promise.resolve("")),
      refuseUnseenDisks({ disk, engine: { host } }, mountInfo),
      refuseUnseenDisks({ disk, engine: { host: "unix:///nobody/listens.sock" } }, mountInfo),
    ];
    await expect(Promise.all(refused)).resolves.toBeDefined();
  });

  test("alone are refused: any other kind is the engine's own", async () => {
    const { host } = await startWeakEngine(() => ({ Id: OWN }));
    const quota = { kind: "quota", bytes: 1024 } as const;
    await expect(refuseUnseenDisks({ disk: quota, engine: { host } }, mountInfo)).resolves.toBeUndefined();
  });
});
