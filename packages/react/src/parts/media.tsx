"use client";

import type { ImagePart } from "@automna/client";
import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useMarkdownSettings } from "../markdown/settings.ts";
import { Icon } from "./icons.tsx";

const RASTER = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp);base64,[a-z0-9+/=\s]+$/i;

/** The address that may be put into `src`: bytes that are here already, or what the host's policy allows to be fetched. */
export function imageSource(url: string | undefined, allowed: (url: string) => string | null): string | null {
  if (url === undefined) return null;
  return RASTER.test(url) ? url : allowed(url);
}

/** A picture, or the name of one that may not be fetched. */
export function ImageView({ image }: { readonly image: ImagePart }): ReactElement {
  const { message } = useStrings();
  const { policy } = useMarkdownSettings({});
  const name = image.fileName ?? message.image;
  const source = imageSource(image.url, (url) => policy.image(url));
  if (source === null) return <FileView fileName={name} mimeType={image.mimeType} />;
  return <img className="automna-picture" src={source} alt={name} loading="lazy" decoding="async" />;
}

export interface FileViewProps {
  readonly fileName: string | undefined;
  readonly mimeType: string;
}

/** A file by its name. */
export function FileView({ fileName, mimeType }: FileViewProps): ReactElement {
  const { message } = useStrings();
  return (
    <span className="automna-file">
      <Icon name={mimeType.startsWith("image/") ? "image" : "file"} />
      <span className="automna-file-name" dir="auto">
        {fileName ?? message.file}
      </span>
    </span>
  );
}
