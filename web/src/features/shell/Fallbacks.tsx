import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ProblemNotice } from "@/components/ProblemNotice";

export function NotFound() {
  return (
    <EmptyState
      isPage
      icon="question"
      title="There is no such page"
      action={
        <Link to="/leads" className={buttonClass("primary")}>
          Go to Leads
        </Link>
      }
    >
      The address may have been mistyped, or the page has moved.
    </EmptyState>
  );
}

export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className="p-4">
      <ProblemNotice error={error} onRetry={reset} />
    </div>
  );
}
