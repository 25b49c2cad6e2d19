import { SignUp } from "@clerk/nextjs";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { AfterHydration } from "../../../components/after-hydration.tsx";
import { requestStrings } from "../../../i18n/request-strings.ts";
import { webContext } from "../../../server/context.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).common.signUp };
}

export default function SignUpPage() {
  if (webContext().identity.kind === "local") notFound();
  return (
    <main style={{ display: "grid", placeItems: "center", flex: 1, padding: "1rem" }}>
      <AfterHydration>
        <SignUp fallbackRedirectUrl="/chat" />
      </AfterHydration>
    </main>
  );
}
