/** The history of scores as a small chart, and as a table for those who do not see it. */
import { html, svg } from "./elements";
import type { Score } from "./protocol";
import { count, historyLine, percent } from "./words";

const WIDTH = 280;
const HEIGHT = 84;
const LEFT = 42;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 10;

/** Where the scores stand in the chart: evenly, in order of time, since hours without work would only be gaps. */
export function places(history: readonly Score[]): readonly Place[] {
  const step = history.length > 1 ? (WIDTH - LEFT - RIGHT) / (history.length - 1) : 0;
  return history.map((score, index) => ({
    score,
    x: history.length > 1 ? LEFT + index * step : (LEFT + WIDTH - RIGHT) / 2,
    y: heightOf(score.score),
  }));
}

interface Place {
  readonly score: Score;
  readonly x: number;
  readonly y: number;
}

export function chart(history: readonly Score[]): HTMLElement {
  const points = places(history);
  const grid = [0, 0.5, 1].map((score) =>
    svg(
      "g",
      { class: "grid" },
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: heightOf(score), y2: heightOf(score) }),
      svg("text", { x: LEFT - 6, y: heightOf(score) + 4, "text-anchor": "end" }, percent(score)),
    ),
  );
  const line = svg("polyline", { class: "history", points: points.map(({ x, y }) => `${x},${y}`).join(" ") });
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": historyLine(history) }, ...grid, line, ...points.map(mark));
  return html("div", {}, picture, html("details", {}, html("summary", {}, "As a table"), table(history)));
}

function mark({ score, x, y }: Place): SVGGElement {
  const whisker =
    score.interval === null
      ? undefined
      : svg("line", { class: "interval", x1: x, x2: x, y1: heightOf(score.interval[0]), y2: heightOf(score.interval[1]) });
  return svg("g", { class: `score ${score.task}` }, whisker, svg("circle", { cx: x, cy: y, r: 3.5 }), svg("title", {}, `${when(score)}: ${words(score)}`));
}

function table(history: readonly Score[]): HTMLElement {
  const head = html("tr", {}, ...["When", "What", "Score"].map((title) => html("th", { scope: "col" }, title)));
  const rows = history.map((score) =>
    html("tr", {}, html("td", {}, when(score)), html("td", {}, score.task), html("td", {}, words(score))),
  );
  return html("table", {}, html("thead", {}, head), html("tbody", {}, ...rows));
}

function words({ score, interval, rows, before }: Score): string {
  const from = before === null ? "" : `${percent(before)} → `;
  const range = interval === null ? "" : ` (${percent(interval[0])} to ${percent(interval[1])})`;
  return `${from}${percent(score)}${range} on ${count(rows, "row")}`;
}

function when({ time }: Score): string {
  return new Date(time * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function heightOf(score: number): number {
  return TOP + (1 - score) * (HEIGHT - TOP - BOTTOM);
}
