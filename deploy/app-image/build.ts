// Builds the app's image without any registry of images: Debian's packages, this Node and npm are all it needs.
// `node deploy/app-image/build.ts` prints its name. What has not changed is not built again. Needs root, debootstrap
// and a Docker engine (DOCKER_HOST).
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWebIfStale } from "../../scripts/web-build.ts";
import { buildBaseImage, INPUTS_LABEL } from "../gateway-image/base-image.ts";
import { command, digest, dockerOn } from "../gateway-image/docker-command.ts";

const NAME = "automna/app";
const root = join(import.meta.dirname, "..", "..");
const DOCKERFILE = "deploy/app.Dockerfile";

/** What the app is, beside what npm installs. */
const SOURCES = [
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "prisma/migrations",
  "packages",
  "apps/web",
  DOCKERFILE,
  "deploy/app-image/ready.mjs",
];
const LEFT_OUT = /\/(node_modules|test|stories|dist|\.next\/(cache|dev|types))(\/|$)/;
/** What no running app reads. */
const NOT_PACKED = ["*.map", "*.d.ts", "*.d.mts", "*.d.cts"].map((pattern) => `--exclude=${pattern}`);

interface BuildOptions {
  /** Address of the engine, as `DOCKER_HOST`. Default: the environment's. */
  readonly dockerHost?: string;
  readonly say?: (line: string) => void;
}

/** Builds the image unless the engine has it, and returns its name. */
export async function buildAppImage({ dockerHost, say }: BuildOptions = {}): Promise<string> {
  const docker = dockerOn(dockerHost);
  const base = buildBaseImage(docker, say);
  await buildWebIfStale();
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const inputs = digest(base, read(DOCKERFILE), read("apps/web/.next/build-stamp"));
  if (docker.labelOf(NAME, INPUTS_LABEL) === inputs) return NAME;
  say?.(`building ${NAME} ...`);
  const folder = mkdtempSync(join(tmpdir(), "automna-app-image-"));
  try {
    for (const path of SOURCES)
      cpSync(join(root, path), join(folder, path), {
        recursive: true,
        filter: (source) => !LEFT_OUT.test(source.slice(root.length)),
      });
    install(folder);
    docker.pipe(
      ["tar", "-c", ...NOT_PACKED, "-C", folder, "."],
      // Without a network: what is built is what was locked.
      [
        "build",
        "--network",
        "none",
        "--build-arg",
        `BASE=${base}`,
        "--label",
        `${INPUTS_LABEL}=${inputs}`,
        "-t",
        NAME,
        "-f",
        DOCKERFILE,
        "-",
      ],
    );
    return NAME;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without what only development wants, and without the embedded database. */
function install(folder: string): void {
  const { packageManager }: { packageManager: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const pnpm = ["exec", "--yes", `--package=${packageManager}`, "--", "pnpm", "--dir", folder];
  const wanted = ["--filter", "web...", "--prod", "--no-optional"];
  command("npm", [
    ...pnpm,
    "install",
    ...wanted,
    "--frozen-lockfile",
    "--prefer-offline",
    "--ignore-scripts",
  ]);
}

if (import.meta.main) console.log(await buildAppImage({ say: (line) => process.stderr.write(`${line}\n`) }));
