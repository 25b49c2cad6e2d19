/** The longest side that a picture is sent with, pixels. */
const MAX_SIDE = 2_000;

/** Kinds that a canvas can read and that lose nothing else (an animation, for instance) by being drawn again. */
const DRAWABLE: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp"]);

/** The size that fits into {@link MAX_SIDE}, or `null` when the picture fits as it is. */
export function fittingSize(width: number, height: number): { width: number; height: number } | null {
  const scale = MAX_SIDE / Math.max(width, height);
  if (scale >= 1) return null;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The picture, drawn again at most {@link MAX_SIDE} pixels long; any other file as it is. */
export async function smallerPicture(file: File): Promise<File> {
  if (!DRAWABLE.has(file.type)) return file;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return file;
  try {
    const size = fittingSize(bitmap.width, bitmap.height);
    if (size === null) return file;
    const canvas = document.createElement("canvas");
    canvas.width = size.width;
    canvas.height = size.height;
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, size.width, size.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, file.type, 0.9));
    return blob === null ? file : new File([blob], file.name, { type: blob.type });
  } finally {
    bitmap.close();
  }
}
