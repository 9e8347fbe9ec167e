import { Outlet, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useHotkeys } from "@/lib/hotkeys";
import { Banner } from "./Banner";
import { HelpDialog } from "./HelpDialog";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

/** The frame around every page: rail, top bar, banner, and the keys that work everywhere. */
export function Shell() {
  const navigate = useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const [isHelpOpen, setIsHelpOpen] = useState(false);

  useHotkeys({
    "/": () => search.current?.select(),
    "?": () => setIsHelpOpen(true),
    "g l": () => void navigate({ to: "/leads" }),
    "g s": () => void navigate({ to: "/scan" }),
  });

  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto] md:grid-cols-[64px_minmax(0,1fr)] md:grid-rows-[48px_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-page focus:p-2"
      >
        Skip to content
      </a>
      <Rail />
      <TopBar searchRef={search} onHelp={() => setIsHelpOpen(true)} />
      <div className="flex min-h-0 min-w-0 flex-col md:col-start-2">
        <Banner />
        <main id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-auto outline-none">
          <Outlet />
        </main>
      </div>
      <HelpDialog isOpen={isHelpOpen} onClose={() => setIsHelpOpen(false)} />
    </div>
  );
}
