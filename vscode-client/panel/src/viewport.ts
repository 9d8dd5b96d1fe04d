/** The part of the drawing that is in sight: moved by dragging, by wheel and by keys, enlarged around the pointer. */
import type { Box, Point } from "./layout";
import { setAttributes } from "./elements";

const LARGEST = 2.5;
const SMALLEST = 0.05;
const STEP = 1.25;
/** Below this size nobody can read what stands in a box. */
const READABLE = 0.65;
/** A press that moves less than this is a click. */
const DRAG_PIXELS = 4;

export class Viewport {
  private scale = 1;
  private x = 0;
  private y = 0;
  private size = { width: 1, height: 1 };
  private beginning: Point = { x: 0, y: 0 };
  /** Until someone moves it, the view follows the size of the window and of the graph. */
  private untouched = true;

  /**
   * @param picture The `svg` element.
   * @param content The group in it that is moved.
   */
  constructor(
    private readonly picture: SVGSVGElement,
    private readonly content: SVGGElement,
  ) {
    picture.addEventListener("wheel", (event) => {
      this.wheel(event);
    }, { passive: false });
    picture.addEventListener("pointerdown", (event) => {
      this.drag(event);
    });
    new ResizeObserver(() => {
      if (this.untouched) {
        this.open();
      }
    }).observe(picture);
  }

  /** The drawing has another size now, and begins at another place. */
  resize(width: number, height: number, beginning: Point): void {
    this.size = { width, height };
    this.beginning = beginning;
    if (this.untouched) {
      this.open();
    }
  }

  /** Shows all of the drawing where it can be read then, and otherwise its beginning. */
  private open(): void {
    this.fit();
    if (this.scale < READABLE) {
      this.scale = READABLE;
      this.x = this.picture.clientWidth / 2 - this.beginning.x * READABLE;
      this.y = 0;
      this.apply();
    }
  }

  /** Shows all of the drawing, at most at its natural size. */
  fit(): void {
    const { clientWidth, clientHeight } = this.picture;
    this.untouched = true;
    this.scale = clamp(Math.min(clientWidth / this.size.width, clientHeight / this.size.height, 1));
    this.x = (clientWidth - this.size.width * this.scale) / 2;
    this.y = Math.max(0, (clientHeight - this.size.height * this.scale) / 2);
    this.apply();
  }

  enlarge(): void {
    this.zoom(STEP, this.picture.clientWidth / 2, this.picture.clientHeight / 2);
  }

  shrink(): void {
    this.zoom(1 / STEP, this.picture.clientWidth / 2, this.picture.clientHeight / 2);
  }

  /** Moves as little as needed for a box to be in sight and large enough to be read. */
  reveal(box: Box): void {
    const { clientWidth, clientHeight } = this.picture;
    if (this.scale < READABLE) {
      this.scale = 1;
      this.x = clientWidth / 2 - box.x * this.scale;
      this.y = clientHeight / 2 - box.y * this.scale;
      this.untouched = false;
    }
    const halfWidth = (box.width / 2 + 12) * this.scale;
    const halfHeight = (box.height / 2 + 12) * this.scale;
    const x = this.x + box.x * this.scale;
    const y = this.y + box.y * this.scale;
    const moveX = Math.max(0, halfWidth - x) - Math.max(0, x + halfWidth - clientWidth);
    const moveY = Math.max(0, halfHeight - y) - Math.max(0, y + halfHeight - clientHeight);
    if (moveX !== 0 || moveY !== 0) {
      this.move(moveX, moveY);
    } else {
      this.apply();
    }
  }

  private move(x: number, y: number): void {
    this.untouched = false;
    this.x += x;
    this.y += y;
    this.apply();
  }

  private zoom(factor: number, aroundX: number, aroundY: number): void {
    const scale = clamp(this.scale * factor);
    this.x = aroundX - ((aroundX - this.x) * scale) / this.scale;
    this.y = aroundY - ((aroundY - this.y) * scale) / this.scale;
    this.scale = scale;
    this.untouched = false;
    this.apply();
  }

  /** Like other maps in the editor: the wheel moves, with Ctrl (which a pinch sends too) it enlarges. */
  private wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const place = this.picture.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 300), event.clientX - place.left, event.clientY - place.top);
    } else {
      this.move(-event.deltaX, -event.deltaY);
    }
  }

  private drag(press: PointerEvent): void {
    if (press.button !== 0) {
      return;
    }
    const ending = new AbortController();
    let last = press;
    let moved = false;
    const move = (event: PointerEvent): void => {
      moved ||= Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > DRAG_PIXELS;
      if (moved) {
        this.move(event.clientX - last.clientX, event.clientY - last.clientY);
        last = event;
      }
    };
    const end = (): void => {
      ending.abort();
      if (moved) {
        // The click that follows belongs to the drag.
        addEventListener("click", stop, { capture: true, once: true });
        setTimeout(() => {
          removeEventListener("click", stop, { capture: true });
        });
      }
    };
    addEventListener("pointermove", move, { signal: ending.signal });
    addEventListener("pointerup", end, { signal: ending.signal });
    addEventListener("pointercancel", end, { signal: ending.signal });
  }

  private apply(): void {
    setAttributes(this.content, { transform: `translate(${this.x} ${this.y}) scale(${this.scale})` });
  }
}

function stop(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}

function clamp(scale: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, scale));
}
