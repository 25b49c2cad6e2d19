import { expect, test } from "vitest";

import { refuseAttachments, type Attachment } from "../src/index.ts";

const limits = { maxFileBytes: 100, maxImageBytes: 100, maxTotalChars: 100, acceptsFiles: true };
const file = (fileName: string, size: number): Attachment => ({
  fileName,
  mimeType: "text/plain",
  size,
  content: "A".repeat(size),
});
const refused = (...files: Attachment[]) =>
  refuseAttachments(files, limits).map(({ index, reason }) => [index, reason]);

test("what does not go takes no room from what goes", () => {
  expect(refused(file("film", 101), file("note", 60), file("other", 60), file("last", 40))).toEqual([
    [0, "too-large"],
    [2, "too-much-together"],
  ]);
});

test("of files with one name each is judged by itself", () => {
  expect(refused(file("image.png", 10), file("image.png", 101))).toEqual([[1, "too-large"]]);
});
