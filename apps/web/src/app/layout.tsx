import "@automna/react/styles.css";
import "./globals.css";
// What the error page wears: Next preloads it for every page, and a browser complains of a style that is not used.
import "../components/button.module.css";
import "../components/notice.module.css";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { Banners } from "../components/banners.tsx";
import { ClerkInLanguage } from "../components/clerk-in-language.tsx";
import { ICON } from "../components/icon.ts";
import type { ClerkConfig } from "../identity-variables.ts";
import { LanguageProvider } from "../i18n/language.tsx";
import { requestStrings } from "../i18n/request-strings.ts";
import { webContext } from "../server/context.ts";
import { nonceOf } from "../server/security-headers.ts";

export async function generateMetadata(): Promise<Metadata> {
  return {
    title: { default: "Automna", template: "%s · Automna" },
    description: (await requestStrings()).landing.description,
    icons: { icon: ICON },
  };
}

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#17171c" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Who asks, and with which keys, is known at run time: no page is made at build time.
  await connection();
  const { identity, product } = webContext();
  const strings = await requestStrings();
  const page = (
    <html lang={strings.locale} dir={strings.direction}>
      <body>
        <Banners local={identity.kind === "local"} demo={product === "demo"} strings={strings} />
        <LanguageProvider strings={strings}>{children}</LanguageProvider>
      </body>
    </html>
  );
  if (identity.kind === "local") return page;
  const nonce = nonceOf((await headers()).get("content-security-policy"));
  return (
    <ClerkInLanguage language={strings.locale} {...clerkProperties(identity.clerk, nonce)}>
      {page}
    </ClerkInLanguage>
  );
}

function clerkProperties({ publishableKey, proxyUrl, jsUrl, uiUrl }: ClerkConfig, nonce: string | undefined) {
  return {
    publishableKey,
    signInUrl: "/sign-in",
    signUpUrl: "/sign-up",
    ...(nonce ? { nonce } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
    // Clerk reads these two, and leaves them out of its types.
    ...(jsUrl ? { __internal_clerkJSUrl: jsUrl } : {}),
    ...(uiUrl ? { __internal_clerkUIUrl: uiUrl } : {}),
  };
}
