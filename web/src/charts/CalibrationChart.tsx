import type { CurvePoint } from "@/api/types";
import { cx } from "@/lib/cx";

const SIZE = 240;
const LEFT = 34;
const BOTTOM = 32;
const EDGE = 8;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export interface Curve {
  label: string;
  points: readonly CurvePoint[];
  /** A class that sets the colour of strokes. */
  tone: string;
  isDashed?: boolean;
  /** Points stand alone, the larger the more cases they are about: a few cases are no trend. */
  isCounted?: boolean;
}

interface Props {
  /** What it shows, for those who do not see it; the figures stand in the table beside it. */
  label: string;
  curves: readonly Curve[];
  across: string;
  up: string;
}

const x = (share: number) => LEFT + share * (SIZE - LEFT - EDGE);
const y = (share: number) => SIZE - BOTTOM - share * (SIZE - BOTTOM - EDGE);

/** What came against what was forecast; on the diagonal the two are the same. */
export function CalibrationChart({ label, curves, across, up }: Props) {
  return (
    <figure className="w-full max-w-75 min-w-0">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={label} className="w-full">
        {TICKS.map((tick) => (
          <g key={tick} className="fill-faint text-[9px]">
            <path
              d={`M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}`}
              className="stroke-line"
            />
            <text x={x(0) - 4} y={y(tick) + 3} textAnchor="end">
              {tick * 100}%
            </text>
            <text x={x(tick)} y={y(0) + 11} textAnchor={tick === 1 ? "end" : "middle"}>
              {tick * 100}%
            </text>
          </g>
        ))}
        <text x={x(0.5)} y={SIZE - 4} textAnchor="middle" className="fill-muted text-[10px]">
          {across}
        </text>
        <text
          transform={`translate(8 ${y(0.5)}) rotate(-90)`}
          textAnchor="middle"
          className="fill-muted text-[10px]"
        >
          {up}
        </text>
        <path d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} className="stroke-line-strong" />
        {curves.map((curve) => (
          <CurveLine key={curve.label} curve={curve} />
        ))}
      </svg>
      {curves.length > 1 && (
        <figcaption className="flex flex-wrap gap-x-3 pl-8 text-sm text-muted">
          {curves.toReversed().map((curve) => (
            <span key={curve.label} className="flex items-center gap-1.5">
              <svg width="14" height="4" aria-hidden="true" className={curve.tone}>
                <path d="M0 2h14" strokeWidth="2" strokeDasharray={dashes(curve)} />
              </svg>
              {curve.label}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

const dashes = (curve: Curve) => (curve.isDashed ? "3 2" : undefined);

function CurveLine({ curve }: { curve: Curve }) {
  const most = Math.max(...curve.points.map((point) => point.windows ?? 0));
  const points = curve.points.flatMap(({ forecast, observed, windows }) =>
    forecast === null || observed === null
      ? []
      : [{ at: [x(forecast), y(observed)] as const, share: (windows ?? 0) / most }],
  );
  return (
    <g className={cx(curve.tone, "fill-page")} strokeWidth="1.75">
      {!curve.isCounted && (
        <polyline
          points={points.map(({ at }) => at).join(" ")}
          fill="none"
          strokeDasharray={dashes(curve)}
        />
      )}
      {!curve.isDashed &&
        points.map(({ at: [across, up], share }) => (
          <circle key={across} cx={across} cy={up} r={radius(curve, share)} />
        ))}
    </g>
  );
}

const radius = (curve: Curve, share: number) => (curve.isCounted ? 2 + 7 * Math.sqrt(share) : 2.5);
