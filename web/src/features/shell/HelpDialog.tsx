import { useEffect, useRef } from "react";
import { IconButton } from "@/components/Button";

const KEYS: readonly { title: string; keys: readonly [string, string][] }[] = [
  {
    title: "Everywhere",
    keys: [
      ["/", "Find a product"],
      ["g l", "Leads"],
      ["g s", "Scan"],
      ["?", "These keys"],
    ],
  },
  {
    title: "In a table",
    keys: [
      ["j", "Next row"],
      ["k", "Row before"],
      ["space", "Show or hide the reasons"],
      ["enter", "Open the product"],
      ["f", "Filter by text"],
      ["1 2 3 4", "Buy, review, skip, unknown on or off"],
    ],
  },
  {
    title: "On a product",
    keys: [
      ["c", "Change the cost"],
      ["[ ]", "Shorter or longer history"],
    ],
  },
];

export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);

  return (
    <dialog
      ref={dialog}
      onClose={onClose}
      aria-labelledby="help-title"
      className="w-120 max-w-[calc(100vw-32px)] rounded-lg border border-line-strong bg-raised p-5 shadow-(--shadow)"
    >
      <header className="mb-3 flex items-center justify-between">
        <h2 id="help-title" className="text-lg font-semibold">
          Keys
        </h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="flex flex-col gap-4">
        {KEYS.map((group) => (
          <section key={group.title}>
            <h3 className="heading mb-1">{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div
                  key={keys}
                  className="flex items-center justify-between border-t border-line py-1"
                >
                  <dt className="text-muted">{what}</dt>
                  <dd className="flex gap-1">
                    {keys.split(" ").map((key) => (
                      <kbd
                        key={key}
                        className="min-w-5 rounded-sm border border-line-strong bg-sunken px-1.5 text-center font-sans text-sm"
                      >
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
