"use client";

import { useEffect, useLayoutEffect } from "react";

/** A layout effect. React 18 warns of those on a server, where there is no layout. */
export const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;
