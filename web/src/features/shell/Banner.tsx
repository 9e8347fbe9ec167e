import { useQuery } from "@tanstack/react-query";
import { statusQuery } from "@/api/queries";
import { ProblemNotice } from "@/components/ProblemNotice";

/** Says across every page when the program behind it does not answer. */
export function Banner() {
  const { error, refetch, isFetching } = useQuery(statusQuery());
  if (!error) return null;
  return <ProblemNotice error={error} onRetry={() => void refetch()} isRetrying={isFetching} />;
}
