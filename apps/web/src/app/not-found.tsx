import type { Metadata } from "next";
import Link from "next/link";
import { Notice } from "../components/notice.tsx";
import { requestStrings } from "../i18n/request-strings.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).notFound.title };
}

export default async function NotFound() {
  const { notFound } = await requestStrings();
  return (
    <main style={{ display: "flex", flex: 1 }}>
      <Notice heading="h1" title={notFound.title}>
        <Link href="/" prefetch={false}>
          {notFound.back}
        </Link>
      </Notice>
    </main>
  );
}
