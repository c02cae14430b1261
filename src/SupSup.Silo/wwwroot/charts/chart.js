import { h, s } from "../dom.js";

const LEAST = 140; // pixels of width below which no axis fits

/**
 * What charts share: an SVG that is drawn again when its width changes, and a cursor that the pointer and the arrow keys
 * move from mark to mark, with a tooltip that is read out.
 */
export class Chart {
    /**
     * @param {{height: number, label: string, nearest?: "x"|"both", cls?: string}} options its height in pixels, and what it shows, for
     * those who do not see it
     */
    constructor({ height, label, nearest = "x", cls = "" }) {
        this.height = height;
        this.nearest = nearest;
        this.marks = [];
        this.at = -1;
        this.svg = s("svg", { role: "img", "aria-label": label, tabindex: "0" });
        this.tip = h("div", { class: "tip", role: "status", hidden: true });
        this.element = h("div", { class: `chart ${cls}` }, this.svg, this.tip);
        this.width = 0;
        this.watch = new ResizeObserver(([entry]) => {
            const width = Math.floor(entry.contentRect.width);
            if (width > 0 && width !== this.width) { this.width = width; this.draw(); }
        });
        this.watch.observe(this.element);
        this.svg.addEventListener("pointermove", e => this.#follow(e));
        this.svg.addEventListener("pointerdown", e => this.#follow(e));
        this.svg.addEventListener("pointerleave", () => this.#point(-1));
        this.svg.addEventListener("blur", () => this.#point(-1));
        this.svg.addEventListener("keydown", e => this.#step(e));
    }

    /** Changes what is said of the chart to those who do not see it. */
    set label(text) {
        this.svg.setAttribute("aria-label", text);
    }

    /** Draws; a chart overrides {@link paint}, which gets the width and the height and gives the SVG's content. */
    draw() {
        if (this.width < LEAST) return;
        const kept = this.marks[this.at]?.key;
        this.marks = [];
        const content = this.paint(this.width, this.height);
        this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
        this.svg.setAttribute("height", this.height);
        this.ring = s("circle", { class: "ring", r: 4.5, cx: -20, cy: -20 });
        this.svg.replaceChildren(...content, this.ring);
        this.#point(this.at < 0 ? -1 : this.marks.findIndex(mark => mark.key === kept));
    }

    /** Frees what the chart watches. */
    dispose() {
        this.watch.disconnect();
    }

    #follow(e) {
        const box = this.svg.getBoundingClientRect();
        const x = e.clientX - box.left, y = e.clientY - box.top;
        let best = -1, least = Infinity;
        this.marks.forEach((mark, n) => {
            const dx = mark.x - x, dy = this.nearest === "x" ? 0.02 * (mark.y - y) : mark.y - y;
            const far = dx * dx + dy * dy;
            if (far < least) { least = far; best = n; }
        });
        this.#point(best);
    }

    #step(e) {
        const last = this.marks.length - 1;
        const to = {
            ArrowRight: Math.min(last, this.at + 1), ArrowDown: Math.min(last, this.at + 1),
            ArrowLeft: Math.max(0, this.at - 1), ArrowUp: Math.max(0, this.at - 1),
            Home: 0, End: last, Escape: -1,
        }[e.key];
        if (to === undefined || last < 0) return;
        e.preventDefault();
        this.#point(to);
    }

    #point(n) {
        this.at = n;
        const mark = this.marks[n];
        this.tip.hidden = !mark;
        if (!mark) { this.ring?.setAttribute("cx", -20); return; }
        this.ring.setAttribute("cx", mark.x);
        this.ring.setAttribute("cy", mark.y);
        this.tip.replaceChildren(...mark.text.map(line => h("div", null, line)));
        const half = this.tip.offsetWidth / 2;
        const left = Math.min(Math.max(mark.x, half + 2), Math.max(this.width - half - 2, half + 2));
        const above = mark.y - this.tip.offsetHeight - 10;
        this.tip.style.left = `${left}px`;
        this.tip.style.top = `${above >= -24 ? above : mark.y + 14}px`;
    }
}
