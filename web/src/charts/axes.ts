/** Round tick values for a logarithmic axis: 1, 2 and 5 times powers of ten, fewer over many decades. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

const DAY = 86_400;
const days = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" });
const hours = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const months = new Intl.DateTimeFormat("en-US", { month: "short" });
const years = new Intl.DateTimeFormat("en-US", { year: "numeric" });

/**
 * Labels of a time axis on one line: hours, days, months or years, whichever the ticks are apart. The
 * first month of a year, and the first label, say the year.
 */
export function timeLabels(times: number[], increment: number): string[] {
  return times.map((time, index) => {
    const date = new Date(time * 1_000);
    if (increment < DAY) return hours.format(date);
    if (increment < 28 * DAY) return days.format(date);
    if (increment >= 365 * DAY) return years.format(date);
    const isYear = index === 0 || date.getMonth() === 0;
    const year = years.format(date).slice(-2);
    return isYear ? `${months.format(date)} ’${year}` : months.format(date);
  });
}
