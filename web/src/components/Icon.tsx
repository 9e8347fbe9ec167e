import type { SVGProps } from "react";

/** Strokes on a 16-pixel grid. */
const PATHS = {
  check: "M3.5 8.5 6.5 11.5 12.5 5",
  close: "M4 4l8 8M12 4l-8 8",
  eye: "M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8ZM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
  question: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.6v.1",
  minus: "M4 8h8",
  alert: "M8 2.5 14.2 13.2H1.8L8 2.5ZM8 6.6v3M8 11.3v.1",
  chevronRight: "M6 3.5 10.5 8 6 12.5",
  chevronDown: "M3.5 6 8 10.5 12.5 6",
  arrowUp: "M8 13V3.5M4 7l4-4 4 4",
  arrowDown: "M8 3v9.5M4 9l4 4 4-4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14",
  agents: "M3 4.5h10v7H8l-3 2.5v-2.5H3v-7ZM6 7.9v.1M10 7.9v.1",
  evidence: "M2.5 13.5v-11M2.5 13.5h11M4.5 11.5 7 8l2.5 1.5 3.5-5.5",
  leads: "M2.5 4h11M2.5 8h11M2.5 12h7",
  scan: "M2 5V2.5h2.5M11.5 2.5H14V5M14 11v2.5h-2.5M4.5 13.5H2V11M5 5.5v5M8 5.5v5M11 5.5v5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M3.2 12.8l.9-.9M11.9 4.1l.9-.9",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z",
  upload: "M8 10.5v-8M4.7 5.5 8 2.2l3.3 3.3M2.5 10.5v3h11v-3",
  external: "M9.5 2.5h4v4M13.5 2.5 7.5 8.5M11.5 9.5v4h-9v-9h4",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6",
  keyboard: "M1.8 4h12.4v8H1.8zM4.2 6.6h.1M6.7 6.6h.1M9.2 6.6h.1M11.7 6.6h.1M5 9.5h6",
  play: "M5 3.2v9.6l7.5-4.8L5 3.2Z",
  box: "M2.2 5 8 2l5.8 3v6L8 14l-5.8-3V5ZM2.2 5 8 8l5.8-3M8 8v6",
  history: "M2.5 8a5.5 5.5 0 1 0 1.8-4M2.5 2.5V5H5M8 5v3l2 1.5",
} as const;

export type IconName = keyof typeof PATHS;

interface Props extends Omit<SVGProps<SVGSVGElement>, "name"> {
  name: IconName;
  size?: number;
}

/** A line icon. It is decoration: the word or label beside it carries the meaning. */
export function Icon({ name, size = 16, ...rest }: Props) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
