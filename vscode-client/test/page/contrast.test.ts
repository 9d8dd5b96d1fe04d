import { describe, expect, it } from "vitest";
import { contrast, parseColour, readable, type Colour } from "../../panel/src/contrast";

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];
/** Solarized Light's words, and its ground. */
const PALE: Colour = [0x65, 0x7b, 0x83];
const PAPER: Colour = [0xfd, 0xf6, 0xe3];

describe("the contrast of colours", () => {
  it("is what WCAG says", () => {
    expect(contrast(BLACK, WHITE)).toBe(21);
    expect(contrast(WHITE, WHITE)).toBe(1);
    expect(contrast(PALE, PAPER)).toBeCloseTo(4.12, 1);
  });

  it("is enough after mending, and no colour is mended without need", () => {
    expect(readable(BLACK, [WHITE, PAPER])).toBe(BLACK);
    const mended = readable(PALE, [PAPER, WHITE]);
    expect(contrast(mended, PAPER)).toBeGreaterThanOrEqual(4.5);
    expect(Math.abs(mended[0] - PALE[0])).toBeLessThan(30);
  });

  it("is mended in the direction in which there is room", () => {
    const button: Colour = [0xac, 0x9d, 0x57];
    expect(contrast(readable(WHITE, [button]), button)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(readable([90, 90, 90], [BLACK]), BLACK)).toBeGreaterThanOrEqual(4.5);
  });

  it("is the best there is where grounds differ too much for any colour", () => {
    expect(readable([128, 128, 128], [BLACK, WHITE])).toEqual(BLACK);
  });

  it("reads computed colours", () => {
    expect(parseColour("rgb(1, 2, 3)")).toEqual([1, 2, 3]);
    expect(parseColour("rgba(0, 0, 0, 0.5)", [200, 100, 0])).toEqual([100, 50, 0]);
    expect(parseColour("color(srgb 0 0.5 1)")).toEqual([0, 128, 255]);
  });
});
