import { LanguageProvider } from "../packages/react/src/index.ts";
import { languages, stringsFor } from "../packages/react/src/i18n/index.ts";
import "../packages/react/src/styles.css";
import { withThemeByDataAttribute } from "@storybook/addon-themes";
import type { Preview } from "@storybook/react-vite";
import { configure } from "storybook/test";

import { Stage } from "../packages/react/stories/stage.ts";
import "./preview.css";

// A story's own time is real: a slow machine may need longer than the default second, a fast one does not wait.
configure({ asyncUtilTimeout: 180_000 });

const preview: Preview = {
  parameters: {
    layout: "fullscreen",
    a11y: { test: "error" },
    controls: { expanded: true },
    options: {
      storySort: { order: ["Start here", "Guide", "Chat", "Conversation", "Parts", "Markdown"] },
    },
  },
  globalTypes: {
    language: {
      description: "Language of the chat",
      toolbar: {
        icon: "globe",
        dynamicTitle: true,
        items: Object.keys(languages).map((value) => ({ value, title: value })),
      },
    },
  },
  initialGlobals: { language: "en", theme: "system" },
  decorators: [
    (Story, { globals }) => (
      <LanguageProvider strings={stringsFor([String(globals.language)])}>
        <Story />
      </LanguageProvider>
    ),
    // `system` is no theme of ours, so the browser's preference decides; the tests run once with each.
    withThemeByDataAttribute({
      themes: { system: "system", light: "light", dark: "dark" },
      defaultTheme: "system",
      attributeName: "data-theme",
    }),
  ],
  beforeEach:
    ({ loaded }) =>
    () => {
      if (loaded.stage instanceof Stage) loaded.stage.close();
    },
};

export default preview;
