import { s } from "../dom.js";
import { number } from "../format.js";
import { scale, ticks } from "./axis.js";
import { Chart } from "./chart.js";

const ROW = 21;
const TOP = 4;
const FOOT = 38;

/** Lying bars, one a row, the first on top. */
export class BarChart extends Chart {
    /** @param {object} options as of {@link Chart} but height, and xLabel */
    constructor(options) {
        super({ ...options, height: TOP + ROW + FOOT, nearest: "both" });
        this.options = options;
        this.bars = [];
    }

    /**
     * @param {{name: string, value: number, cls?: string, note?: string, text: string[]}[]} bars best first; the note stands behind the
     * bar
     */
    show(bars) {
        this.bars = bars;
        this.height = TOP + Math.max(1, bars.length) * ROW + FOOT;
        this.draw();
    }

    /** @override */
    paint(width, height) {
        if (this.bars.length === 0) return [];
        const left = 74, right = width - 62, bottom = height - FOOT;
        const least = Math.min(0, ...this.bars.map(bar => bar.value)), most = Math.max(0, ...this.bars.map(bar => bar.value));
        const x = scale(least, most > least ? most : least + 1, left, right);
        const content = [];
        for (const value of ticks(least, most, Math.max(2, (right - left) / 80))) {
            content.push(s("line", { class: value === 0 ? "axis" : "grid", x1: x(value), x2: x(value), y1: TOP, y2: bottom }));
            content.push(s("text", { class: "tick", x: x(value), y: bottom + 15, "text-anchor": "middle" }, number(value, 2)));
        }
        content.push(
            s("text", { class: "axis-label", x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, this.options.xLabel));
        this.bars.forEach((bar, n) => {
            const y = TOP + n * ROW, from = Math.min(x(0), x(bar.value)), size = Math.max(1.5, Math.abs(x(bar.value) - x(0)));
            content.push(s("text", { class: `name ${bar.cls ?? ""}`, x: left - 8, y: y + ROW / 2 + 4, "text-anchor": "end" }, bar.name));
            content.push(s("rect", { class: `bar ${bar.cls ?? ""}`, x: from, y: y + 3, width: size, height: ROW - 6, rx: 2.5 }));
            if (bar.note) content.push(
                s("text", { class: `note ${bar.cls ?? ""}`, x: Math.max(x(bar.value), x(0)) + 6, y: y + ROW / 2 + 4 }, bar.note));
            this.marks.push({ key: bar.name, x: Math.max(from + 4, x(bar.value)), y: y + ROW / 2, text: bar.text });
        });
        return content;
    }
}
