import { toProblem } from "@/api/problem";
import { Button } from "./Button";
import { Icon } from "./Icon";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
  isRetrying?: boolean;
}

/** A problem with its code, what to do about it, and a retry. */
export function ProblemNotice({ error, onRetry, isRetrying = false }: Props) {
  const problem = toProblem(error);
  return (
    <div
      role="alert"
      className="flex items-start gap-3 border-l-2 border-fail bg-fail-soft px-3 py-2.5"
    >
      <Icon name="alert" className="mt-0.5 shrink-0 text-fail" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{problem.title}</p>
        <p className="break-words text-muted">{problem.message}</p>
        {problem.hints.map((hint) => (
          <p key={hint} className="break-words text-muted">
            {hint}
          </p>
        ))}
        <p className="mt-1 font-mono text-xs break-all text-faint">
          {problem.code}
          {problem.requestId && ` · request ${problem.requestId}`}
        </p>
      </div>
      {onRetry && (
        <Button onClick={onRetry} disabled={isRetrying}>
          {isRetrying ? "Trying…" : "Retry"}
        </Button>
      )}
    </div>
  );
}
