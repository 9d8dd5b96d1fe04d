/**
 * Keeps every text readable in every theme. Some themes put their own words in colours that many people cannot tell from the ground; there the
 * page takes the nearest colour that they can, and everywhere else the theme's.
 */
import { parseColour, readable, type Colour } from "./contrast";

/** The texts of the page and the grounds that they stand on, by the names of their custom properties in `panel.css`. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  "--text": ["--background", "--box", "--added", "--removed"],
  "--muted": ["--background", "--box"],
  "--link": ["--background"],
  "--button-text": ["--button"],
  "--gradient": ["--background", "--box"],
  "--running": ["--background", "--box"],
  "--done": ["--background", "--box"],
  "--failed": ["--background", "--box"],
};

/** Puts readable colours into force now and whenever the theme changes. */
export function keepReadable(body: HTMLElement): void {
  let due = 0;
  const look = (): void => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(() => {
      mendColours(body);
    });
  };
  const theme = new MutationObserver(look);
  theme.observe(document.documentElement, { attributeFilter: ["style", "class"] });
  theme.observe(body, { attributeFilter: ["class", "data-vscode-theme-id"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
  mendColours(body);
}

function mendColours(body: HTMLElement): void {
  const probe = document.createElement("span");
  body.append(probe);
  const colourOf = (name: string, ground?: Colour): Colour => {
    probe.style.color = `var(${name})`;
    return parseColour(getComputedStyle(probe).color, ground);
  };
  for (const name of Object.keys(TEXTS)) {
    body.style.removeProperty(name);
  }
  const page = colourOf("--background");
  const mended = Object.entries(TEXTS).map(([name, grounds]) => [name, colourOf(name, page), grounds.map((ground) => colourOf(ground, page))] as const);
  probe.remove();
  for (const [name, colour, grounds] of mended) {
    const better = readable(colour, grounds);
    if (better !== colour) {
      body.style.setProperty(name, `rgb(${better.join(" ")})`);
    }
  }
}
