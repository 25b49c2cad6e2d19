"use client";

import { useEffect, useState } from "react";
import { atOnceThen, createRetryPace } from "../browser/retry-pace.ts";
import { type Missing, untilServerIsReady } from "../browser/server-back.ts";
import { Button } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { useStrings } from "../i18n/language.tsx";
import type { Strings } from "../i18n/strings.ts";

/** React makes this component anew for each failure: what it remembers of earlier ones stands here. */
const pace = createRetryPace();

/** In the place of a page that could not be made; what went wrong is in the server's log. */
export default function ErrorPage({ retry }: { error: Error; retry: () => void }) {
  const { broken, common } = useStrings();
  const [missing, setMissing] = useState<Missing>([]);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const pauses = asked === 0 ? pace : atOnceThen(pace);
    const keepTrying = async () => {
      for (;;) {
        // Only a server that answers is asked for the page: Next would leave this one for the browser's own error page.
        await untilServerIsReady(pauses, setMissing, leaving.signal);
        retry();
      }
    };
    keepTrying().catch((failure: unknown) => {
      if (!leaving.signal.aborted) throw failure;
    });
    return () => leaving.abort();
  }, [asked, retry]);
  return (
    <main style={{ display: "flex", flex: 1 }}>
      <Notice busy heading="h1" title={broken.title}>
        {whatIsMissing(missing, { broken, common })}{" "}
        <Button onClick={() => setAsked(asked + 1)}>{common.tryAgain}</Button>
      </Notice>
    </main>
  );
}

function whatIsMissing(missing: Missing, { broken, common }: Pick<Strings, "broken" | "common">): string {
  if (missing === null) return common.unreachable;
  return missing.includes("database") ? broken.databaseAway : broken.text;
}
