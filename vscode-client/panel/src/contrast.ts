/** The contrast of colours, as far as reading needs it. */

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** What WCAG 2 asks of texts (1.4.3, level AA), and a little more, since the page rounds colours. */
const ENOUGH = 4.6;
const STEPS = 20;

/** The colour itself where it can be read on all grounds, else the nearest to it on the way to black or to white that can. */
export function readable(colour: Colour, grounds: readonly Colour[]): Colour {
  const worst = (one: Colour): number => Math.min(...grounds.map((ground) => contrast(one, ground)));
  if (worst(colour) >= ENOUGH) {
    return colour;
  }
  const black: Colour = [0, 0, 0];
  const white: Colour = [255, 255, 255];
  const end = worst(black) >= worst(white) ? black : white;
  for (let step = 1; step < STEPS; step++) {
    const between = mix(colour, end, step / STEPS);
    if (worst(between) >= ENOUGH) {
      return between;
    }
  }
  return end;
}

/** The contrast of two colours as WCAG 2 defines it, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** "rgb(1, 2, 3)", "rgba(1, 2, 3, 0.5)" or "color(srgb 0 0.5 1)", as computed styles have them; what is not opaque lets the ground through. */
export function parseColour(computed: string, ground: Colour = [255, 255, 255]): Colour {
  const [red = 0, green = 0, blue = 0, opacity = 1] = [...computed.matchAll(/[\d.]+(?:e-?\d+)?/g)].map(([number]) => Number(number));
  const scale = computed.startsWith("color(") ? 255 : 1;
  return mix(ground, [red * scale, green * scale, blue * scale], opacity);
}

function mix([a, b, c]: Colour, [x, y, z]: Colour, share: number): Colour {
  const between = (from: number, to: number): number => Math.round(from + (to - from) * share);
  return [between(a, x), between(b, y), between(c, z)];
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((level) => {
    const share = level / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
