// @ts-check
// JavaScript, so that a running app does not load Next's compiler to read it.
/** @type {import("next").NextConfig} */
export default {
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
