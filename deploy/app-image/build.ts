// Builds the app's image without any registry of images: Debian's packages, this Node and npm are all it needs.
// `node deploy/app-image/build.ts` prints its name. What has not changed is not built again. Needs root, debootstrap
// and a Docker engine (DOCKER_HOST). With --fetch it only fetches what npm has to give, so that the image can be built
// where its registry is not reached.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildWebIfStale } from "../../scripts/web-build.ts";
import { buildBaseImage, fetchBase, INPUTS_LABEL } from "../gateway-image/base-image.ts";
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
const INSTALLED = join(root, ".cache", "app-image");
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
  const installed = fetchPackages(say);
  const folder = mkdtempSync(join(tmpdir(), "automna-app-image-"));
  try {
    for (const path of SOURCES)
      cpSync(join(root, path), join(folder, path), {
        recursive: true,
        filter: (source) => !LEFT_OUT.test(source.slice(root.length)),
      });
    docker.pipe(
      ["tar", "-c", ...NOT_PACKED, "-C", folder, ".", "-C", installed, "."],
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

/** What npm installs, unless it is there: without what only development wants, and without the embedded database. */
function fetchPackages(say: BuildOptions["say"]): string {
  const manifests = globSync(["package.json", "pnpm-*.yaml", "{packages/*,apps/web}/package.json"], {
    cwd: root,
  });
  const wanted = digest(...manifests.toSorted().map((path) => readFileSync(join(root, path), "utf8")));
  const folder = join(INSTALLED, wanted.slice(0, 12));
  const stamp = join(folder, ".installed");
  if (existsSync(stamp)) return folder;
  say?.("installing what the app's image has of npm ...");
  rmSync(INSTALLED, { recursive: true, force: true });
  for (const path of manifests) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  install(folder);
  writeFileSync(stamp, "");
  return folder;
}

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

if (import.meta.main) {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (process.argv.includes("--fetch")) {
    fetchBase(say);
    fetchPackages(say);
  } else {
    console.log(await buildAppImage({ say }));
  }
}
