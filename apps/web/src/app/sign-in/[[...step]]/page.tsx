import { SignIn } from "@clerk/nextjs";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webContext } from "../../../server/context.ts";

export const metadata: Metadata = { title: "Sign in" };

export default function SignInPage() {
  if (webContext().identity.kind === "local") notFound();
  return (
    <main style={{ display: "grid", placeItems: "center", flex: 1, padding: "1rem" }}>
      <SignIn withSignUp fallbackRedirectUrl="/chat" />
    </main>
  );
}
