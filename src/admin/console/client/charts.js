import { element } from './elements.js';
import uPlot from './uPlot.esm.js';

/** @import { Points } from '../feed.ts' */

/** Ten minutes, or less as long as there is less to show. */
const mostSeconds = 600;
const leastSeconds = 60;
const mostPoints = 300;
const height = 152;

/** @param {number | null | undefined} value */
const perSecond = (value) =>
  value === null || value === undefined ? '–' : value < 100 ? String(Number(value.toFixed(value < 1 ? 2 : 1))) : String(Math.round(value));
/** @param {number | null | undefined} value */
const milliseconds = (value) => {
  if (value === null || value === undefined) return '–';
  if (value >= 1_000) return `${Number((value / 1_000).toFixed(2))} s`;
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ms`;
};
/** @param {number | null | undefined} value */
const share = (value) => (value === null || value === undefined ? '–' : `${Number((value * 100).toFixed(value < 0.1 ? 1 : 0))} %`);

/**
 * What each chart shows: columns of the points, what they are called, and the name of their colour.
 * @type {Record<string, { lines: [column: string, label: string, colour: string][], text: (value: number | null | undefined) => string, least: number, most?: number }>}
 */
const kinds = {
  requests: {
    lines: [
      ['ok', 'ok', 'good'],
      ['function_error', 'function error', 'bad'],
      ['upstream_error', 'upstream error', 'warn'],
      ['refused', 'refused', 'muted'],
    ],
    text: perSecond,
    least: 1,
  },
  latency: {
    lines: [
      ['p50', 'p50', 'line'],
      ['p99', 'p99', 'line-2'],
    ],
    text: milliseconds,
    least: 1,
  },
  errors: { lines: [['error_share', 'errors', 'bad']], text: share, least: 0.05, most: 1 },
  kept: { lines: [['kept_share', 'hits', 'good']], text: share, least: 1, most: 1 },
};

/** The charts of a page, all with one cursor. */
export class Charts {
  /** @type {Points} */
  #points = { at: [] };
  /** @type {Chart[]} */
  #charts = [];

  constructor() {
    const sync = uPlot.sync('console');
    for (const figure of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-chart]'))) {
      this.#charts.push(new Chart(figure, sync.key));
    }
    // Colours are taken when a chart is made.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const chart of this.#charts) chart.remake(this.#points);
    });
  }

  /**
   * @param {Points | null} points
   * @param {boolean} fresh all there are, not only those that came since
   */
  take(points, fresh) {
    if (fresh) this.#points = points ?? { at: [] };
    else if (points !== null) this.#points = joined(this.#points, points);
    for (const chart of this.#charts) chart.show(this.#points);
  }
}

/**
 * @param {Points} before
 * @param {Points} more
 * @returns {Points}
 */
function joined(before, more) {
  const columns = Object.entries(more).map(([name, values]) => [name, [...(before[name] ?? []), ...values].slice(-mostPoints)]);
  return /** @type {Points} */ (Object.fromEntries(columns));
}

class Chart {
  #kind;
  #plotPlace;
  #sync;
  /** @type {HTMLElement[]} */
  #values = [];
  /** @type {uPlot | undefined} */
  #plot;

  /**
   * @param {HTMLElement} figure
   * @param {string} sync
   */
  constructor(figure, sync) {
    this.#sync = sync;
    this.#kind = /** @type {NonNullable<typeof kinds[string]>} */ (kinds[figure.dataset.chart ?? '']);
    this.#plotPlace = /** @type {HTMLElement} */ (figure.querySelector('.plot'));
    this.#plotPlace.setAttribute('role', 'img');
    const legend = /** @type {HTMLElement} */ (figure.querySelector('.legend'));
    for (const [, label, colour] of this.#kind.lines) {
      const item = element('span', '', 'legend-item');
      item.dataset.colour = colour;
      const value = element('b', '–');
      item.append(`${label} `, value);
      legend.append(item);
      this.#values.push(value);
    }
    new ResizeObserver(() => this.#plot?.setSize({ width: this.#plotPlace.clientWidth, height })).observe(this.#plotPlace);
  }

  /** @param {Points} points */
  show(points) {
    const data = /** @type {uPlot.AlignedData} */ ([points.at, ...this.#kind.lines.map(([column]) => points[column] ?? [])]);
    if (this.#plot === undefined) this.#plot = this.#make(data);
    else this.#plot.setData(data);
    const isEmpty = this.#kind.lines.every(([column]) => (points[column] ?? []).every((value) => value === null));
    this.#plotPlace.classList.toggle('is-empty', isEmpty);
    this.#tell(undefined);
    const told = this.#kind.lines.map(([, label], at) => `${label} ${this.#values[at]?.textContent}`);
    this.#plotPlace.setAttribute('aria-label', isEmpty ? (this.#plotPlace.dataset.empty ?? '') : `Chart, now: ${told.join(', ')}`);
  }

  /** @param {Points} points */
  remake(points) {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.show(points);
  }

  /** @param {number | null | undefined} index of the point under the cursor; none: the last one */
  #tell(index) {
    const data = this.#plot?.data ?? [];
    for (const [at, place] of this.#values.entries()) {
      const column = data[at + 1] ?? [];
      place.textContent = this.#kind.text(column[index ?? column.length - 1]);
    }
  }

  /**
   * @param {uPlot.AlignedData} data
   * @returns {uPlot}
   */
  #make(data) {
    const style = getComputedStyle(this.#plotPlace);
    /** What the sheet makes of it here: a canvas knows neither variables nor schemes. @param {string} name */
    const colour = (name) => {
      this.#plotPlace.style.color = `var(--${name})`;
      return style.color;
    };
    const { text, least, most, lines } = this.#kind;
    const axis = {
      stroke: colour('text-2'),
      font: `11px ${style.fontFamily}`,
      ticks: { show: false },
      grid: { stroke: colour('hairline'), width: 1 },
    };
    return new uPlot(
      {
        width: this.#plotPlace.clientWidth,
        height,
        padding: [8, 20, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: this.#sync }, drag: { x: false, y: false }, points: { size: 6 } },
        tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), 'Etc/UTC'),
        scales: {
          x: { time: true, range: (_plot, first, last) => [Math.min(last - leastSeconds, Math.max(first, last - mostSeconds)), last] },
          y: { range: (_plot, _min, max) => [0, Math.min(most ?? Infinity, Math.max(least, (max ?? 0) * 1.1))] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 24,
            space: 80,
            values: (_plot, splits) => splits.map((at) => new Date(at * 1_000).toISOString().slice(11, at % 60 === 0 ? 16 : 19)),
          },
          { ...axis, size: 56, space: 32, values: (_plot, splits) => splits.map((value) => (value === 0 ? '0' : text(value))) },
        ],
        series: [
          {},
          ...lines.map(([, label, name]) => ({ label, stroke: colour(name), width: 1.5, points: { size: 4, fill: colour(name) } })),
        ],
        hooks: { setCursor: [({ cursor }) => this.#tell(cursor.idx)] },
      },
      data,
      this.#plotPlace,
    );
  }
}
