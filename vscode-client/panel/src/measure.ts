/** How wide texts are, and how large boxes must be for them. */
import type { Node } from "./protocol";

export const BOX_HEIGHT = 54;
export const PADDING = 12;
/** Room at the right of a box for its mark: running, done, failed. */
export const MARK_WIDTH = 22;

const NARROWEST = 108;
const WIDEST = 240;

/** Width of a text in pixels. */
export type Measure = (text: string, bold: boolean) => number;

/** Measures with the page's own font. */
export function canvasMeasure(family: string): Measure {
  const context = document.createElement("canvas").getContext("2d");
  return (text, bold) => {
    if (context === null) {
      return text.length * 7;
    }
    context.font = `${bold ? "600 13px" : "11px"} ${family}`;
    return context.measureText(text).width;
  };
}

/** The figures under a name take about as much room as this. */
const USUAL_FIGURES = "100 % · $0.0012 · 1.2 s";

export function boxSize(node: Node, measure: Measure): { readonly width: number; readonly height: number } {
  const isEnd = node.kind === "input" || node.kind === "output";
  const texts = [measure(node.label, true), measure(subtitle(node), false), isEnd ? 0 : measure(USUAL_FIGURES, false)];
  const width = Math.max(...texts) + 2 * PADDING + MARK_WIDTH;
  return { width: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))), height: isEnd ? 40 : BOX_HEIGHT };
}

/** What kind of node it is and what it works with. */
export function subtitle(node: Node): string {
  if (node.kind === "input" || node.kind === "output") {
    return [...node.inputs, ...node.outputs].map((port) => port.name).join(", ");
  }
  return [node.kind, node.detail].filter((part) => part !== "").join(" · ");
}

/** The text, cut with an ellipsis where it is wider than `width`. */
export function fit(text: string, width: number, bold: boolean, measure: Measure): string {
  if (measure(text, bold) <= width) {
    return text;
  }
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${characters.slice(0, middle).join("")}…`, bold) <= width) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return `${characters.slice(0, low).join("").trimEnd()}…`;
}
