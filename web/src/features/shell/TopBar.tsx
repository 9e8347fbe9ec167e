import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { statusQuery } from "@/api/queries";
import { IconButton } from "@/components/Button";
import { setTheme, useIsDark } from "@/lib/theme";
import { RunIndicator } from "./RunIndicator";
import { SearchBox } from "./SearchBox";
import { TokenMeter } from "./TokenMeter";

interface Props {
  searchRef: RefObject<HTMLInputElement | null>;
  onHelp: () => void;
}

export function TopBar({ searchRef, onHelp }: Props) {
  const { data: status } = useQuery(statusQuery());
  const isDark = useIsDark();
  return (
    <header className="flex h-12 items-center gap-2 border-b border-line px-3 md:gap-3 md:px-4">
      <SearchBox inputRef={searchRef} />
      <div className="ml-auto flex items-center gap-2 md:gap-4">
        {status && status.active_runs > 0 && <RunIndicator />}
        {status && <TokenMeter tokens={status.tokens} />}
        {status?.sandbox && <SandboxBadge />}
        <div className="hidden items-center md:flex">
          <IconButton
            icon={isDark ? "sun" : "moon"}
            label={isDark ? "Light colours" : "Dark colours"}
            onClick={() => setTheme(isDark ? "light" : "dark")}
          />
          <IconButton icon="keyboard" label="Keys (?)" onClick={onHelp} />
        </div>
      </div>
    </header>
  );
}

function SandboxBadge() {
  return (
    <span
      title="No Keepa key is set: products, prices and tokens come from a simulated marketplace, not from Amazon."
      className="rounded-sm border border-warn px-1.5 text-xs font-semibold tracking-wide whitespace-nowrap text-warn"
    >
      SANDBOX<span className="hidden sm:inline"> DATA</span>
    </span>
  );
}
