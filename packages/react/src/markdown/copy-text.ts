/** Writes to the clipboard. Rejects where the browser has none (an insecure origin) or refuses. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
