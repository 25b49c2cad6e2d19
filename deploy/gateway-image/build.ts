// Builds images of the gateways without any registry of images: Debian's packages, Node and npm are all it needs.
// `node deploy/gateway-image/build.ts [openclaw] [clawdbot] [demo]` prints the name of each. What has not changed is
// not built again. Needs root, debootstrap and a Docker engine (DOCKER_HOST). With --fetch it only fetches what they are
// made of, so that they can be built where neither Debian's mirror nor npm's registry is reached.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as bundle } from "vite";
import { fetchGateway } from "../../scripts/fetch-gateway.ts";
import { buildBaseImage, fetchBase, INPUTS_LABEL } from "./base-image.ts";
import { digest, dockerOn } from "./docker-command.ts";

export type ImageProduct = "openclaw" | "clawdbot" | "demo";

const PRODUCTS: readonly ImageProduct[] = ["openclaw", "clawdbot", "demo"];
const here = import.meta.dirname;
const root = join(here, "..", "..");

export interface BuildOptions {
  /** Address of the engine, as `DOCKER_HOST`. Default: the environment's. */
  readonly dockerHost?: string;
  readonly say?: (line: string) => void;
}

/** Builds the image unless the engine has it, and returns its name. */
export async function buildGatewayImage(product: ImageProduct, options: BuildOptions = {}): Promise<string> {
  const docker = dockerOn(options.dockerHost);
  const base = buildBaseImage(docker, options.say);
  const dockerfile = `${product}.Dockerfile`;
  const context = await contextOf(product);
  try {
    const inputs = digest(base, readFileSync(join(here, dockerfile), "utf8"), ...context.inputs);
    const name = `automna/${product}:${context.version}`;
    if (docker.labelOf(name, INPUTS_LABEL) === inputs) return name;
    options.say?.(`building ${name} ...`);
    const content = ["-C", here, dockerfile, "clawdbot-gateway.mjs", "-C", context.folder, context.content];
    const labels = ["--label", `${INPUTS_LABEL}=${inputs}`];
    docker.pipe(
      // Status 1: something was changed meanwhile, such as the notes that a gateway which runs from there leaves itself.
      ["sh", "-c", 'tar "$@" || test $? -eq 1', "tar", "-c", ...LEFT_OUT, ...content],
      // Without a network: what is built is what was locked.
      [
        "build",
        "--network",
        "none",
        "--build-arg",
        `BASE=${base}`,
        ...labels,
        "-t",
        name,
        "-f",
        dockerfile,
        "-",
      ],
    );
    return name;
  } finally {
    context.remove();
  }
}

/** What no gateway reads. */
const LEFT_OUT = ["*.map", "*.d.ts", "*.d.mts", "*.d.cts", ".openclaw-lifecycle-pending"].map(
  (pattern) => `--exclude=${pattern}`,
);

interface Context {
  readonly folder: string;
  /** What is taken of the folder. */
  readonly content: string;
  readonly version: string;
  readonly inputs: readonly string[];
  remove(): void;
}

async function contextOf(product: ImageProduct): Promise<Context> {
  return product === "demo" ? demoContext() : installedContext(product);
}

/** The demo gateway and everything that it imports, in one file. */
async function demoContext(): Promise<Context> {
  const folder = mkdtempSync(join(tmpdir(), "automna-demo-image-"));
  await bundle({
    root,
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: {
      ssr: join(here, "demo-gateway.ts"),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: "gateway.mjs" } },
    },
  });
  return {
    folder,
    content: "gateway.mjs",
    version: "local",
    inputs: [readFileSync(join(folder, "gateway.mjs"), "utf8")],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A locked installation: the one of the end-to-end tests when it is there, else one of this script's own. */
function installedContext(product: "openclaw" | "clawdbot"): Context {
  const locked = join(root, "e2e", "gateways", product);
  const isInstalled = existsSync(join(locked, "node_modules", ".automna-install"));
  const cache = join(root, ".cache", "gateway-image");
  if (!isInstalled) fetchGateway(product, cache);
  const folder = isInstalled ? locked : join(cache, "gateways", product);
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(folder, "node_modules", product, "package.json"), "utf8"),
  );
  return {
    folder,
    content: "node_modules",
    version: manifest.version,
    inputs: [
      readFileSync(join(locked, "package-lock.json"), "utf8"),
      readFileSync(join(here, "clawdbot-gateway.mjs"), "utf8"),
    ],
    remove: () => undefined,
  };
}

async function fetchInputs(products: readonly ImageProduct[], say: (line: string) => void): Promise<void> {
  fetchBase(say);
  for (const product of products) (await contextOf(product)).remove();
}

if (import.meta.main) {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const wanted = PRODUCTS.filter((product) => process.argv.includes(product));
  if (process.argv.includes("--fetch")) {
    await fetchInputs(wanted, say);
  } else {
    for (const product of wanted.length > 0 ? wanted : PRODUCTS) {
      console.log(await buildGatewayImage(product, { say }));
    }
  }
}
