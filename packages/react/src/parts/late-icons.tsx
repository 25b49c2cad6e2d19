import type { ReactElement } from "react";

import { drawing } from "./icons.tsx";

const PATHS = {
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  plus: "M12 5v14M5 12h14",
} as const;

/** As `Icon`, for what only parts show that are fetched later. */
export const LateIcon = ({ name }: { readonly name: keyof typeof PATHS }): ReactElement =>
  drawing(name, PATHS[name]);
