import { SignUp } from "@clerk/nextjs";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webContext } from "../../../server/context.ts";

export const metadata: Metadata = { title: "Sign up" };

export default function SignUpPage() {
  if (webContext().identity.kind === "local") notFound();
  return (
    <main style={{ display: "grid", placeItems: "center", flex: 1, padding: "1rem" }}>
      <SignUp fallbackRedirectUrl="/chat" />
    </main>
  );
}
