import type { StoryContext } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { stageOf } from "./stage.ts";

type Scene = Pick<StoryContext, "canvas" | "userEvent" | "loaded">;

/** Waits until the chat is connected, whatever its language calls that. */
export async function connected({ canvasElement, loaded }: Pick<StoryContext, "canvasElement" | "loaded">) {
  const { store } = stageOf({ loaded }).runtime;
  await waitFor(() => expect(store.getState().connection.status).toBe("ready"));
  await waitFor(() => expect(store.getState().history.status).toBe("ready"));
  await waitFor(() => expect(canvasElement.querySelector("[data-automna-loading]")).toBeNull());
}

export function composerOf({ canvas }: Pick<Scene, "canvas">): HTMLTextAreaElement {
  return canvas.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
}

/** Types a message and sends it with Enter. */
export async function say({ canvas, userEvent }: Pick<Scene, "canvas" | "userEvent">, text: string) {
  await userEvent.type(composerOf({ canvas }), `${text}{Enter}`);
}

/** Waits until no run goes on any more. */
export async function answered({ loaded }: Pick<Scene, "loaded">) {
  const { store } = stageOf({ loaded }).runtime;
  await waitFor(() => expect(store.getState().runs).toEqual([]));
}
