"use client";

import { Component, type ReactNode } from "react";

export interface ErrorBoundaryProps {
  /** Shown instead; `reset` tries again. */
  readonly renderFallback: (error: unknown, reset: () => void) => ReactNode;
  /** Told of what was caught. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Another value tries again by itself. */
  readonly resetKey?: unknown;
  readonly children?: ReactNode;
}

interface State {
  readonly caught: { readonly error: unknown } | null;
  readonly resetKey: unknown;
}

/** Keeps a part that cannot be shown from taking the rest of the page with it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { caught: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { caught: { error } };
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: State): Partial<State> | null {
    return Object.is(props.resetKey, state.resetKey) ? null : { caught: null, resetKey: props.resetKey };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError?.(error);
  }

  readonly #reset = (): void => this.setState({ caught: null });

  override render(): ReactNode {
    return this.state.caught
      ? this.props.renderFallback(this.state.caught.error, this.#reset)
      : this.props.children;
  }
}
