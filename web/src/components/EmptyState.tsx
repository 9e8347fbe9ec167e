import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Props {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** Where it is the whole page, its title is the page's. */
  isPage?: boolean;
}

/** Nothing here yet, why, and the next step. */
export function EmptyState({ icon, title, children, action, isPage = false }: Props) {
  const Title = isPage ? "h1" : "h2";
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center">
      <Icon name={icon} size={24} className="text-faint" />
      <Title className="mt-3 text-lg font-semibold">{title}</Title>
      <div className="mt-1 text-md text-muted">{children}</div>
      {action && <div className="mt-5 flex gap-2">{action}</div>}
    </div>
  );
}
