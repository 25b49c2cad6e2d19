import type { Metadata } from "next";
import { Dashboard } from "../../components/dashboard/dashboard.tsx";
import { SignedInHeader } from "../../components/signed-in-header.tsx";
import { requestStrings } from "../../i18n/request-strings.ts";
import { webContext } from "../../server/context.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).common.dashboard };
}

export default function DashboardPage() {
  const { launches, unusedNow } = webContext();
  return (
    <>
      <SignedInHeader />
      <main>
        <Dashboard controlUi={launches.possible} unused={unusedNow()} />
      </main>
    </>
  );
}
