import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapPanel,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Frame, framed, type Line, withQueries } from './frame.ts';
import { type Steps, thresholds, uncoloured } from './thresholds.ts';

const last = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);
const legend = () =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(['lastNotNull', 'max'])
    .sortBy('Last *')
    .sortDesc(true);
const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

interface NumberOptions {
  readonly steps?: Steps;
  readonly mappings?: ValueMapping[];
  /** Shown where there is no value, such as a share of no calls at all. */
  readonly none?: string;
  /** How it came to this, as a sparkline; not for what only has a present. */
  readonly sparkline?: boolean;
}

/** One number, large. */
export function number(frame: Frame, expr: string, { steps, mappings = [], none = 'none', sparkline = true }: NumberOptions = {}) {
  return withQueries(framed(new StatPanel(), frame, 4), [{ expr }], sparkline ? 'range' : 'instant')
    .reduceOptions(last())
    .graphMode(sparkline ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .thresholds(thresholds(steps ?? uncoloured))
    .mappings(mappings)
    .noValue(none);
}

interface LinesOptions {
  /** Drawn as dashed lines. */
  readonly steps?: Steps;
  readonly stacked?: boolean;
  readonly max?: number;
  /** From the names of series, as regular expressions, to colours: what means something looks the same everywhere. */
  readonly colours?: Readonly<Record<string, string>>;
  /** Single calls as points, by which a trace is found. */
  readonly exemplars?: boolean;
}

/** Lines over time. */
export function lines(
  frame: Frame,
  queries: readonly Line[],
  { steps, stacked = false, max, colours = {}, exemplars = false }: LinesOptions = {},
) {
  const panel = withQueries(framed(new TimeseriesPanel(), frame, 8), queries, exemplars ? 'exemplars' : 'range')
    // Soft: what can be negative, such as a budget that is overdrawn, shows it.
    .axisSoftMin(0)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 8)
    .gradientMode(GraphGradientMode.Opacity)
    .showPoints(VisibilityMode.Never)
    .legend(legend())
    .tooltip(tooltip().hideZeros(true))
    .thresholds(thresholds(steps ?? uncoloured))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  if (steps) panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (max !== undefined) panel.max(max);
  for (const [pattern, fixedColor] of Object.entries(colours)) {
    panel.overrideByRegexp(`/^(?:${pattern})$/`, [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor } }]);
  }
  return panel;
}

/** A bar for each series as it is now, of a whole of 1. */
export function bars(frame: Frame, query: Line, steps: Steps) {
  return withQueries(framed(new BarGaugePanel(), frame, 8), [query], 'instant')
    .reduceOptions(last())
    .orientation(VizOrientation.Horizontal)
    .min(0)
    .max(1)
    .thresholds(thresholds(steps))
    .noValue('no limits');
}

/** States over time, one row for each series. */
export function states(frame: Frame, query: Line, mappings: ValueMapping[]) {
  return withQueries(framed(new StateTimelinePanel(), frame, 6), [query], 'range')
    .mappings(mappings)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(80)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(false).calcs([]))
    .tooltip(tooltip())
    .noValue('no calls');
}

/** How the values of a histogram are spread, over time. `expr` is by `le`. */
export function heatmap(frame: Frame, expr: string) {
  return withQueries(framed(new HeatmapPanel(), frame, 8), [{ expr, legend: '{{le}}' }], 'heatmap')
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(frame.unit))
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Turbo').steps(64).exponent(0.5).fill('dark-orange'))
    .showLegend();
}
