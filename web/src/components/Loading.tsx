/** Grey lines where text will be, for waits that are longer than a blink. */
export function Loading({ lines = 6, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex animate-pulse flex-col gap-3 p-4">
      {Array.from({ length: lines }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity
          key={index}
          className="h-3 rounded-sm bg-hover"
          style={{ width: `${92 - ((index * 37) % 45)}%` }}
        />
      ))}
    </div>
  );
}
