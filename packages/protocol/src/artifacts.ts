import {
  listOf,
  mapped,
  object,
  optionalNumber,
  optionalRecord,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";
/** A file that a run produced (version 4). */
export type ArtifactSummary = {
  id: string;
  type: string;
  title: string;
  mimeType?: string;
  sizeBytes?: number;
  messageSeq?: number;
  download: "bytes" | "url" | "unsupported" | (string & {});
};

/** The content of an artifact: inline, or behind a link that expires. */
export type ArtifactDownload = {
  artifact: ArtifactSummary;
  encoding?: string;
  data?: string;
  url?: string;
  /** ISO 8601. */
  expiresAt?: string;
};

const artifactSchema = mapped(
  object({
    id: text,
    type: text,
    title: text,
    mimeType: optionalText,
    sizeBytes: optionalNumber,
    messageSeq: optionalNumber,
    download: optionalRecord,
  }),
  (artifact): ArtifactSummary => {
    const mode = artifact.download?.["mode"];
    return { ...artifact, download: typeof mode === "string" ? mode : "unsupported" };
  },
);

/**
 * Reads the answer to `artifacts.list` ({@link artifactsList}, version 4). `download` says how the content can be had;
 * where the gateway does not say it is `unsupported`. `sizeBytes` is in bytes.
 *
 * @see `ArtifactsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseArtifacts } from "@automna/protocol";
 *
 * const chart = { id: "art-1", type: "image", title: "chart.png", sizeBytes: 48_213, download: { mode: "bytes" } };
 * const parsed = parseArtifacts({ artifacts: [chart] });
 * if (parsed.ok) parsed.value.filter(({ download }) => download !== "unsupported").length; // 1
 * ```
 */
export function parseArtifacts(payload: unknown): Parsed<ArtifactSummary[]> {
  const parsed = parseWith(object({ artifacts: listOf(artifactSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.artifacts } : parsed;
}

/**
 * Reads the answer to `artifacts.download` ({@link artifactsDownload}, version 4): `data` in `encoding` (`base64`), or a
 * `url` that is good until `expiresAt` (ISO 8601). Not ok without the artifact itself.
 *
 * @see `ArtifactsDownloadResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseArtifactDownload } from "@automna/protocol";
 *
 * const artifact = { id: "art-1", type: "image", title: "chart.png", mimeType: "image/png" };
 * const parsed = parseArtifactDownload({ artifact, encoding: "base64", data: "iVBORw0KGgo=" });
 * if (parsed.ok) `data:${parsed.value.artifact.mimeType};${parsed.value.encoding},`; // "data:image/png;base64,"
 * ```
 */
export function parseArtifactDownload(payload: unknown): Parsed<ArtifactDownload> {
  return parseWith(
    object({
      artifact: artifactSchema,
      encoding: optionalText,
      data: optionalText,
      url: optionalText,
      expiresAt: optionalText,
    }),
    payload,
  );
}
