import * as echarts from 'echarts';
import { type Times, median } from './measure.ts';

const width = 880;
const barHeight = 44;
const margin = 70;
// On white and on black alike; drawn with their own contrast to both.
const colors = { text: '#768390', ours: '#2f81f7', others: '#8b949e' };

/** What is said of the bars as a whole. */
export interface Picture {
  readonly title: string;
  readonly isOurs: (name: string) => boolean;
}

/** Bars of the medians as an SVG, ours in another colour, each with its seconds and with how many times as fast as `slowest`. */
export function drawBars(all: readonly Times[], slowest: Times, { title, isOurs }: Picture): string {
  const height = margin + all.length * barHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const base = median(slowest.seconds);
  try {
    chart.setOption({
      animation: false,
      textStyle: { color: colors.text },
      title: {
        text: title,
        textStyle: { color: colors.text, fontSize: 15 },
      },
      grid: { left: 10, right: 150, top: 50, bottom: 10, containLabel: true },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: all.map(({ name }) => name),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: colors.text, fontSize: 13 },
      },
      series: [{ type: 'bar', barWidth: 22, data: all.map((times) => bar(times, base, isOurs(times.name))) }],
    });
    return `${chart.renderToSVGString().trim()}\n`;
  } finally {
    chart.dispose();
  }
}

function bar({ seconds }: Times, base: number, isOurs: boolean) {
  const value = median(seconds);
  return {
    value,
    itemStyle: { color: isOurs ? colors.ours : colors.others },
    label: {
      show: true,
      position: 'right' as const,
      color: colors.text,
      fontSize: 13,
      formatter: `${value.toFixed(1)} s   ${(base / value).toFixed(1)} times as fast`,
    },
  };
}
