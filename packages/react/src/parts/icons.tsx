import type { ReactElement } from "react";

const PATHS = {
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  attach:
    "m20 11.5-8.3 8.3a5 5 0 0 1-7.1-7.1l8.6-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.9-7.9",
  chevron: "m9 6 6 6-6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  alert: "M12 8v5M12 16.5v.01M12 3.5 2.5 20h19z",
  clock: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  retry: "M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5",
  edit: "m4 20 .9-4L16 4.9a1.8 1.8 0 0 1 2.5 0l.6.6a1.8 1.8 0 0 1 0 2.5L8 19.1z",
  sidebar: "M4 5h16v14H4zM10 5v14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  tool: "m14.5 6.5 3 3M4 20l8.3-8.3M17.6 3.6a4.5 4.5 0 0 0-5.9 5.9l2.8 2.8a4.5 4.5 0 0 0 5.9-5.9l-2.6 2.6-2.8-2.8z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 2.5-2.5L20 17M15.5 9.5v.01",
  spark: "M12 4v4M12 16v4M4 12h4M16 12h4M6.5 6.5l2.5 2.5M15 15l2.5 2.5M17.5 6.5 15 9M9 15l-2.5 2.5",
  offline: "M3 3l18 18M8.5 16.5a5 5 0 0 1 7 0M5 13a10 10 0 0 1 14 0M2 9a15 15 0 0 1 20 0M12 20v.01",
} as const;

/** Which pictures there are. */
export type IconName = keyof typeof PATHS;

/** A line drawing in the colour of the text. Decoration only: the control around it has the name. */
export const Icon = ({ name }: { readonly name: IconName }): ReactElement => drawing(name, PATHS[name]);

export function drawing(name: string, path: string): ReactElement {
  return (
    <svg className="automna-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" data-icon={name}>
      <path d={path} />
    </svg>
  );
}
