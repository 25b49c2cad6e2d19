"use client";

import { Button } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { useStrings } from "../i18n/language.tsx";

/** In the place of a page that could not be made; what went wrong is in the server's log. */
export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  const { broken, common } = useStrings();
  return (
    <main style={{ display: "flex", flex: 1 }}>
      <Notice title={broken.title}>
        {broken.text} <Button onClick={reset}>{common.tryAgain}</Button>
      </Notice>
    </main>
  );
}
