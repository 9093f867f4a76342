import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { MoneyHistory } from "../types";
import { moment, perHour, usd } from "../words";

const height = 190;

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** What all rentals billed: the GPUs on top of the disks. */
export function MoneyChart({ history, gpu, disk, fits }: { history: MoneyHistory; gpu: number; disk: number; fits: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let plot: uPlot | null = null;
    const from = Date.parse(history.from) / 1000;
    const count = history.gpuUsdPerHour.length;
    const length = (Date.parse(history.to) / 1000 - from) / count;
    // It begins where something billed first, and ends with what bills now.
    const first = history.gpuUsdPerHour.findIndex((usd, i) => usd + (history.diskUsdPerHour[i] ?? 0) > 0);
    const skip = fits && first > 0 ? Math.max(0, first - Math.max(2, Math.round((count - first) / 12))) : 0;
    const gpus = [...history.gpuUsdPerHour.slice(skip, -1), gpu, gpu];
    const disks = [...history.diskUsdPerHour.slice(skip, -1), disk, disk];
    const times = gpus.map((_, i) => from + Math.min(count, skip + i) * length);
    const all = gpus.map((usd, i) => usd + (disks[i] ?? 0));
    const most = Math.max(...all);
    const tell = (i: number | null | undefined): void => {
      if (said.current) {
        said.current.textContent = i === null || i === undefined || times[i] === undefined
          ? `at most ${perHour(most)} in this time`
          : `${moment((times[i] ?? 0) * 1000)}  ${perHour(all[i] ?? 0)}: GPU ${usd(gpus[i] ?? 0)}, disk ${usd(disks[i] ?? 0)}`;
      }
    };
    const draw = (): void => {
      plot?.destroy();
      const axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
      const step = uPlot.paths.stepped!({ align: 1 });
      plot = new uPlot(
        {
          width: box.clientWidth,
          height,
          legend: { show: false },
          cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
          scales: { y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.15 : 1] } },
          axes: [
            { ...axis, values: (_u, splits) => splits.map((s) => labelOf(s, length * count)) },
            { ...axis, size: 62, values: (_u, splits) => splits.map((s) => usd(s)) },
          ],
          series: [
            {},
            { stroke: color("--gpu"), fill: color("--gpu-soft"), width: 1.5, paths: step, points: { show: false } },
            { stroke: color("--disk"), fill: color("--disk-soft"), width: 1.5, paths: step, points: { show: false } },
          ],
          hooks: { setCursor: [(u) => tell(u.cursor.left !== undefined && u.cursor.left >= 0 ? u.cursor.idx : null)] },
        },
        [times, all, disks],
        box,
      );
    };
    draw();
    tell(null);
    const sized = new ResizeObserver(() => { if (plot && box.clientWidth > 0 && plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height }); });
    sized.observe(box);
    dark.addEventListener("change", draw);
    return () => {
      sized.disconnect();
      dark.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [history, gpu, disk, fits]);
  return (
    <figure class="chart">
      <div ref={place} class="plot" aria-hidden="true" />
      <figcaption><span class="key gpu">GPU</span> <span class="key disk">disk</span> <p ref={said} /></figcaption>
    </figure>
  );
}

function labelOf(seconds: number, range: number): string {
  const at = new Date(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  return range > 48 * 3600 ? `${two(at.getMonth() + 1)}-${two(at.getDate())}` : `${two(at.getHours())}:${two(at.getMinutes())}`;
}
