import { Link } from "@tanstack/react-router";
import { Icon, type IconName } from "@/components/Icon";
import { cx } from "@/lib/cx";

const PAGES: readonly {
  to: "/leads" | "/scan" | "/evidence" | "/agents";
  label: string;
  icon: IconName;
}[] = [
  { to: "/leads", label: "Leads", icon: "leads" },
  { to: "/scan", label: "Scan", icon: "scan" },
  { to: "/evidence", label: "Evidence", icon: "evidence" },
  { to: "/agents", label: "Agents", icon: "agents" },
];

/** The pages: a slim rail at the left, a bar at the bottom on a phone. */
export function Rail() {
  return (
    <nav
      aria-label="Pages"
      className={cx(
        "order-last flex border-t border-line bg-sunken pb-[env(safe-area-inset-bottom)]",
        "md:order-none md:row-span-2 md:flex-col md:border-t-0 md:border-r md:pb-0",
      )}
    >
      <Link
        to="/leads"
        aria-label="ArbitrageVault"
        className="hidden h-12 place-items-center md:grid"
      >
        <Mark />
      </Link>
      {PAGES.map((page) => (
        <Link
          key={page.to}
          to={page.to}
          className="group flex flex-1 flex-col items-center gap-0.5 py-2 text-xs font-medium text-muted hover:text-ink md:flex-none"
          activeProps={{ className: "text-ink!", "aria-current": "page" }}
        >
          <span className="grid h-7 w-10 place-items-center rounded-md group-hover:bg-hover group-aria-[current=page]:bg-accent-soft group-aria-[current=page]:text-accent">
            <Icon name={page.icon} size={18} />
          </span>
          {page.label}
        </Link>
      ))}
    </nav>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" className="fill-ink" />
      <path
        d="M8 23 16 8l8 15"
        className="stroke-on-ink"
        fill="none"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M12.5 19h7" className="stroke-on-ink" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
