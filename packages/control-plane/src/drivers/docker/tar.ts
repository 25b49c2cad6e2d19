/** What the engine's archive endpoints take and give: POSIX ustar. */

export interface TarEntry {
  /** Relative, at most 100 bytes. Ends with `/` for a directory. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly content?: string;
  /** Another name of the entry with this path, which stands before it. */
  readonly sameAs?: string;
}

const BLOCK = 512;

export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "", "utf8");
    return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** The regular files of an archive, in their order; a second name of one is left out. */
export function filesIn(archive: Buffer): readonly { readonly path: string; readonly content: string }[] {
  const files: { path: string; content: string }[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8) || 0;
    const content = at + BLOCK;
    if (archive.toString("latin1", at + 156, at + 157) === "0") {
      const [path = ""] = archive.toString("utf8", at, at + 100).split("\0");
      files.push({ path, content: archive.toString("utf8", content, content + size) });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function header({ path, mode, uid, sameAs }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
  block.write(path, 0, 100, "utf8");
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(uid, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(path.endsWith("/") ? "5" : sameAs === undefined ? "0" : "1", 156, "latin1");
  block.write(sameAs ?? "", 157, 100, "utf8");
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
