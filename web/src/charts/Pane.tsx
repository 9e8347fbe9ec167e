import { useEffect, useRef } from "react";
import type uPlot from "uplot";
import type { PaneSpec } from "./lines";
import { createPane, type PaneEvents, type PaneView, paneData, paneHeight } from "./pane";

interface Props {
  spec: PaneSpec;
  view: PaneView;
  events: PaneEvents;
  width: number;
  isDark: boolean;
  hasTimeAxis: boolean;
}

/** One uPlot chart, built once and then only told what changed. */
export function Pane({ spec, view, events, width, isDark, hasTimeAxis }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const now = useRef({ view, events, width });

  useEffect(() => {
    now.current = { view, events, width };
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read when a chart is built
  useEffect(() => {
    if (!host.current) return;
    const chart = createPane(
      host.current,
      spec,
      () => now.current.view,
      {
        onCursor: (time) => now.current.events.onCursor(time),
        onZoom: (from, to) => now.current.events.onZoom(from, to),
        onReset: () => now.current.events.onReset(),
      },
      now.current.width,
      hasTimeAxis,
    );
    plot.current = chart;
    return () => {
      chart.destroy();
      plot.current = null;
    };
  }, [spec, hasTimeAxis, isDark]);

  useEffect(() => {
    plot.current?.setSize({ width, height: paneHeight(spec, hasTimeAxis) });
  }, [width, spec, hasTimeAxis]);

  useEffect(() => {
    plot.current?.setData(paneData(spec, view));
  }, [spec, view]);

  return <div ref={host} />;
}
