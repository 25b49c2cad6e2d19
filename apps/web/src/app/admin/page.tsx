import type { Metadata } from "next";
import { Admin } from "../../components/admin/admin.tsx";
import { Notice } from "../../components/notice.tsx";
import { SignedInHeader } from "../../components/signed-in-header.tsx";
import { requestStrings } from "../../i18n/request-strings.ts";
import { isOperatorHere } from "../../server/visitor.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).admin.title };
}

export default async function AdminPage() {
  const { admin } = await requestStrings();
  return (
    <>
      <SignedInHeader />
      <main>
        {(await isOperatorHere()) ? <Admin /> : <Notice title={admin.notYours}>{admin.notYoursText}</Notice>}
      </main>
    </>
  );
}
