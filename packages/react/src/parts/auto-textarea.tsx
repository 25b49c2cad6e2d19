"use client";

import { forwardRef, useEffect, useImperativeHandle, useRef, type ComponentPropsWithoutRef } from "react";

const sizesItself = () => typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/** A text area as high as its text. The style sheet does it where the browser can. */
export const AutoTextarea = forwardRef<HTMLTextAreaElement, ComponentPropsWithoutRef<"textarea">>(
  function AutoTextarea(props, outer) {
    const inner = useRef<HTMLTextAreaElement>(null);
    useImperativeHandle<HTMLTextAreaElement | null, HTMLTextAreaElement | null>(
      outer,
      () => inner.current,
      [],
    );
    useEffect(() => {
      const area = inner.current;
      if (!area || sizesItself()) return;
      area.style.blockSize = "auto";
      area.style.blockSize = `${area.scrollHeight}px`;
    }, [props.value]);
    return <textarea rows={1} {...props} ref={inner} />;
  },
);
