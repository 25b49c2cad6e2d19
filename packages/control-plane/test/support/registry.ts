import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type Docker from "dockerode";

/** A registry on this machine that has one image and knows no other. */
export interface Registry extends AsyncDisposable {
  /** The image's name there. */
  readonly image: string;
}

const NAME = "automna-test/from-afar";
const TAG = "1";
const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

/** @param image That the engine has; the registry has its layers. */
export async function startRegistry(docker: Docker, image: string): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "automna-registry-"));
  const { manifest, blobs } = await unpacked(docker, image, folder);
  const server = createServer((req, res) => {
    const path = (req.url ?? "").replace("/v2/", "");
    const blob = blobs.get(path.replace(`${NAME}/blobs/`, ""));
    if (path === "") res.end("{}");
    else if (blob) createReadStream(blob).pipe(res);
    else if (path === `${NAME}/manifests/${TAG}` || path === `${NAME}/manifests/${digestOf(manifest)}`)
      res
        .writeHead(200, {
          "content-type": MANIFEST_TYPE,
          "content-length": manifest.length,
          "docker-content-digest": digestOf(manifest),
        })
        .end(req.method === "HEAD" ? undefined : manifest);
    else
      res
        .writeHead(404, { "content-type": "application/json" })
        .end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    image: `127.0.0.1:${port}/${NAME}:${TAG}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };
}

const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** The image as a registry has it: each of its parts a file, by its digest, and the list of them. */
async function unpacked(docker: Docker, image: string, folder: string) {
  const archive = join(folder, "image.tar");
  await pipeline(await docker.getImage(image).get(), createWriteStream(archive));
  await promisify(execFile)("tar", ["-x", "-f", archive, "-C", folder]);
  const [saved] = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as [
    { readonly Config: string; readonly Layers: readonly string[] },
  ];
  const blobs = new Map<string, string>();
  const part = async (name: string, mediaType: string) => {
    const file = join(folder, name);
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    const digest = `sha256:${hash.digest("hex")}`;
    blobs.set(digest, file);
    return { mediaType, size: (await stat(file)).size, digest };
  };
  const config = await part(saved.Config, "application/vnd.docker.container.image.v1+json");
  const layers = [];
  for (const layer of saved.Layers)
    layers.push(await part(layer, "application/vnd.docker.image.rootfs.diff.tar.gzip"));
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }),
  );
  return { manifest, blobs };
}
