/** A small drawing of the sea, made here so that no story needs a file or a network. */
export async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(240, 160);
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("this browser cannot draw");
  const sky = pen.createLinearGradient(0, 0, 0, 100);
  sky.addColorStop(0, "#8fc7ff");
  sky.addColorStop(1, "#ffe6c7");
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 240, 160);
  pen.fillStyle = "#ffb454";
  pen.arc(175, 88, 24, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = "#1f6f8b";
  pen.fillRect(0, 96, 240, 64);
  return new File([await canvas.convertToBlob({ type: "image/png" })], name, { type: "image/png" });
}
