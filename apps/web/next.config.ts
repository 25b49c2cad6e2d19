import type { NextConfig } from "next";

const config: NextConfig = {
  // A page that was opened by address gets hot reload too.
  allowedDevOrigins: ["127.0.0.1"],
  // The development server would write the address with its token.
  logging: { incomingRequests: { ignore: [/^\/chat\?/] } },
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run check` checks the types, with the house's own compiler.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["pg", "pino"],
};

export default config;
