"use client";

import { Component, createContext, type ContextType, type ReactNode } from "react";

/** Where a part tells of an error that it could deal with. */
export const ReportContext = createContext<(error: unknown) => void>(() => undefined);

/** Is told of everything that a boundary below it catches. */
export const ErrorReportProvider = ReportContext.Provider;

export interface ErrorBoundaryProps {
  /** Shown instead; `reset` tries again. */
  readonly renderFallback: (error: unknown, reset: () => void) => ReactNode;
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
  static override contextType = ReportContext;
  declare context: ContextType<typeof ReportContext>;
  override state: State = { caught: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { caught: { error } };
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: State): Partial<State> | null {
    return Object.is(props.resetKey, state.resetKey) ? null : { caught: null, resetKey: props.resetKey };
  }

  override componentDidCatch(error: unknown): void {
    this.context(error);
  }

  readonly #reset = (): void => this.setState({ caught: null });

  override render(): ReactNode {
    return this.state.caught
      ? this.props.renderFallback(this.state.caught.error, this.#reset)
      : this.props.children;
  }
}
