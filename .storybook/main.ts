import type { StorybookConfig } from "@storybook/react-vite";
import react from "@vitejs/plugin-react";
import remarkGfm from "remark-gfm";

const config: StorybookConfig = {
  framework: "@storybook/react-vite",
  stories: ["../packages/react/stories/**/*.mdx", "../packages/react/stories/**/*.stories.tsx"],
  addons: [
    // Without it a table in a page is shown as its source.
    {
      name: "@storybook/addon-docs",
      options: { mdxPluginOptions: { mdxCompileOptions: { remarkPlugins: [remarkGfm] } } },
    },
    "@storybook/addon-a11y",
    "@storybook/addon-themes",
    "@storybook/addon-vitest",
  ],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
  viteFinal: (vite) => ({ ...vite, plugins: [...(vite.plugins ?? []), react()] }),
  typescript: { reactDocgen: "react-docgen" },
};

export default config;
