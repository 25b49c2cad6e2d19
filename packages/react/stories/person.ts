import { selectMessage } from "@automna/client";
import type { StoryContext } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { stageOf } from "./stage.ts";

type Scene = Pick<StoryContext, "canvas" | "userEvent" | "loaded">;

/** Waits until the chat is connected, whatever its language calls that. */
export async function connected({ canvasElement, loaded }: Pick<StoryContext, "canvasElement" | "loaded">) {
  const { store } = stageOf({ loaded }).runtime;
  await waitFor(() => expect(store.getState().connection.status).toBe("ready"));
  await waitFor(() => expect(store.getState().history.status).toBe("ready"));
  await waitFor(() => expect(canvasElement.querySelector(".automna-skeleton")).toBeNull());
}

export function composerOf({ canvas }: Pick<Scene, "canvas">): HTMLTextAreaElement {
  return canvas.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
}

/** Types a message and sends it with Enter. */
export async function say({ canvas, userEvent }: Pick<Scene, "canvas" | "userEvent">, text: string) {
  await userEvent.type(composerOf({ canvas }), `${text}{Enter}`);
}

/**
 * Waits until the last message is a finished reply. It looks at the store: a search of the document on each change of a
 * long reply would cost more than the reply.
 */
export async function answered({ loaded }: Pick<Scene, "loaded">) {
  const { store } = stageOf({ loaded }).runtime;
  await waitFor(async () => {
    const { runs, transcript } = store.getState();
    const last = selectMessage(store.getState(), transcript.order.at(-1) ?? "");
    await expect({ running: runs.length, role: last?.role }).toEqual({ running: 0, role: "assistant" });
    await expect(last?.status).not.toBe("streaming");
  });
}
