/** Functions that run in the editor's page, where they can look at every frame that is painted and at every letter. */

/** Runs in the page: the text that stands over an underline, character by character at its height. */
export function wordsAbove(mark: Element): { words: string; x: number; y: number } {
  const box = mark.getBoundingClientRect();
  const y = box.top + box.height / 2;
  let words = "";
  for (const line of document.querySelectorAll(".editor-instance .view-line")) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent ?? "";
      for (let index = 0; index < text.length; index++) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + 1);
        const glyph = range.getBoundingClientRect();
        const middle = (glyph.left + glyph.right) / 2;
        if (middle > box.left && middle < box.right && glyph.top <= y && y <= glyph.bottom + 2) {
          words += text[index];
        }
      }
    }
  }
  return { words: words.replaceAll("\u00a0", " "), x: box.left, y: y - 6 };
}

/** Runs in the page: what has the keyboard, by its name and kind. */
export function nameOfFocus(): string {
  const focused = document.activeElement;
  return focused === null ? "nothing" : `<${focused.tagName.toLowerCase()} class="${focused.className}"> ${focused.getAttribute("aria-label") ?? ""}`;
}

/** How still the window was in the frames that were counted: the fewest of each thing that were there, and how often the text jumped. */
export interface Stillness {
  readonly frames: number;
  readonly lenses: number;
  readonly underlines: number;
  readonly hints: number;
  readonly jumps: number;
}

interface Watch {
  frames(): number;
  stop(): Stillness;
}

/**
 * Looks at every frame until it is stopped.
 *
 * @param mark The selector of the underlines to count.
 * @param line The beginning of a line that must not move up or down.
 */
export function watchFrames([mark, line]: readonly [string, string]): Watch {
  const seen = { frames: 0, lenses: Infinity, underlines: Infinity, hints: Infinity, jumps: 0 };
  let place: number | undefined;
  const count = (selector: string): number => document.querySelectorAll(`.editor-instance ${selector}`).length;
  const look = (): void => {
    seen.frames += 1;
    seen.lenses = Math.min(seen.lenses, count(".codelens-decoration a"));
    seen.underlines = Math.min(seen.underlines, count(`.view-overlays ${mark}`));
    seen.hints = Math.min(seen.hints, count(".view-line [class*='dyn-rule']"));
    const lines = [...document.querySelectorAll(".editor-instance .view-line")];
    const now = lines.find((one) => one.textContent.replaceAll("\u00a0", " ").startsWith(line))?.getBoundingClientRect().top;
    seen.jumps += place !== undefined && now !== place ? 1 : 0;
    place = now;
    next = requestAnimationFrame(look);
  };
  let next = requestAnimationFrame(look);
  return {
    frames: () => seen.frames,
    stop: () => {
      cancelAnimationFrame(next);
      return seen;
    },
  };
}
