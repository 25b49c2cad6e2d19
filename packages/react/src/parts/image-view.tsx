"use client";

import type { ArtifactLink, ImagePart } from "@automna/client";
import { useEffect, useRef, useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useMarkdownSettings } from "../markdown/settings.ts";
import { useChatActions, useConnection } from "../runtime/chat-hooks.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { FileView } from "./file-view.tsx";

const RASTER = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp);base64,[a-z0-9+/=\s]+$/i;

/** The address that may be put into `src`: bytes that are here already, or what the host's policy allows to be fetched. */
export function imageSource(url: string | undefined, allowed: (url: string) => string | null): string | null {
  if (url === undefined) return null;
  return RASTER.test(url) ? url : allowed(url);
}

export interface ImageViewProps {
  readonly image: ImagePart;
}

/** A picture, or the name of one that may not be fetched. */
export function ImageView({ image }: ImageViewProps): ReactElement {
  const { message } = useStrings();
  const { policy } = useMarkdownSettings({});
  const kept = useArtifact(image.url === undefined ? image.artifactId : undefined);
  const name = image.fileName ?? message.image;
  // What the gateway keeps itself comes from where the page is connected to; a model has no say in that address.
  const source = imageSource(image.url ?? kept.link?.url, (url) =>
    kept.link?.fromGateway === true ? url : policy.image(url),
  );
  if (source === null) return <FileView fileName={name} mimeType={image.mimeType} />;
  return (
    <img
      className="automna-picture"
      src={source}
      alt={name}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      onLoad={kept.confirm}
      onError={kept.refresh}
    />
  );
}

/** The address of what the gateway keeps. Addresses expire: `refresh` asks for another one, once until one has led to a picture. */
function useArtifact(artifactId: string | undefined): {
  readonly link: ArtifactLink | null;
  readonly refresh: () => void;
  readonly confirm: () => void;
} {
  const { loadArtifact } = useChatActions();
  const connected = useConnection().status === "ready";
  const [link, setLink] = useState<ArtifactLink | null>(null);
  const hasRefreshed = useRef(false);
  useEffect(() => {
    if (artifactId === undefined || !connected || link !== null) return undefined;
    let wanted = true;
    const load = async (): Promise<void> => {
      const loaded = await loadArtifact(artifactId);
      if (wanted) setLink(loaded);
    };
    toldByNotice(load());
    return () => {
      wanted = false;
    };
  }, [artifactId, connected, link, loadArtifact]);
  const refresh = () => {
    const expiresAt = link?.expiresAt ?? Infinity;
    if (expiresAt > Date.now() || hasRefreshed.current) return;
    hasRefreshed.current = true;
    setLink(null);
  };
  const confirm = () => {
    hasRefreshed.current = false;
  };
  return { link, refresh, confirm };
}
