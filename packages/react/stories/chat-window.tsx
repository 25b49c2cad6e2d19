import type { ReactElement } from "react";

import { AutomnaChat, type ChatAppearance } from "../src/index.ts";
import type { Stage } from "./stage.ts";

/** A whole chat that fills its window, connected to the story's gateway. */
export function ChatWindow({
  stage,
  ...appearance
}: ChatAppearance & { readonly stage: Stage }): ReactElement {
  return (
    <div className="story-window">
      <AutomnaChat {...appearance} runtime={stage.runtime} />
    </div>
  );
}
