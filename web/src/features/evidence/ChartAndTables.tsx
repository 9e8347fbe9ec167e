import type { ComponentProps, ReactNode } from "react";
import { CalibrationChart } from "@/charts/CalibrationChart";

/** A calibration chart with the figures that it draws beside it, or below where it is narrow. */
export function ChartAndTables({
  children,
  ...chart
}: ComponentProps<typeof CalibrationChart> & { children: ReactNode }) {
  return (
    <div className="flex flex-col gap-x-8 gap-y-4 md:flex-row">
      <CalibrationChart {...chart} />
      <div className="flex min-w-0 flex-1 flex-col gap-4">{children}</div>
    </div>
  );
}
