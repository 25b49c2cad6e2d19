"use client";

import { Notice } from "../components/notice.tsx";

/** In the place of a page that could not be made; what went wrong is in the server's log. */
export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <main style={{ display: "flex", flex: 1 }}>
      <Notice title="This page could not be made">
        The server&apos;s log says why. <button onClick={reset}>Try again</button>
      </Notice>
    </main>
  );
}
