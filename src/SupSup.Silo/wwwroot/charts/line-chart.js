import { s } from "../dom.js";
import { number } from "../format.js";
import { scale, ticks, wholeTicks } from "./axis.js";
import { Chart } from "./chart.js";

/** Lines and dots over two axes. */
export class LineChart extends Chart {
    /** @param {object} options as of {@link Chart}, and xLabel, yLabel, yFormat, isCompact (a small multiple: few ticks) */
    constructor(options) {
        super(options);
        this.options = { yFormat: value => number(value, 3), ...options };
        this.series = [];
    }

    /**
     * Shows data.
     * @param {{name: string, cls: string, points: number[][], dots?: boolean, line?: boolean}[]} series points are [x, y] or [x, y, tip
     * line]
     * @param {{x: [number, number], y: [number, number]}} range of the axes
     */
    show(series, range) {
        this.series = series;
        this.range = range;
        this.draw();
    }

    /** @override */
    paint(width, height) {
        if (!this.range) return [];
        const { xLabel, yLabel, yFormat, isCompact } = this.options;
        const left = isCompact ? 30 : 52, right = isCompact ? 8 : 14, top = isCompact ? 6 : 10, bottom = height - (isCompact ? 18 : 40);
        const [x0, x1] = this.range.x, [y0, y1] = this.range.y;
        const x = scale(x0, x1, left, width - right), y = scale(y0, y1, bottom, top);
        const yTicks = ticks(y0, y1, isCompact ? 2 : 5), xTicks = wholeTicks(x0, x1, isCompact ? 3 : Math.max(3, width / 90));
        const content = [
            ...yTicks.map(value => s("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) })),
            ...yTicks.map(value => s("text", { class: "tick", x: left - 6, y: y(value) + 3.5, "text-anchor": "end" }, yFormat(value))),
            ...xTicks.map(value => s("text", { class: "tick", x: x(value), y: bottom + (isCompact ? 13 : 16), "text-anchor": isCompact
                && value === xTicks.at(-1) && x(value) > width - 24 ? "end" : "middle" }, String(value))),
            s("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }),
        ];
        if (!isCompact) {
            content.push(s("text", { class: "axis-label", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, xLabel));
            content.push(s(
                "text", { class: "axis-label", x: -(top + bottom) / 2, y: 12, transform: "rotate(-90)", "text-anchor": "middle" }, yLabel));
        }
        for (const { name, cls, points, dots, line = true } of this.series) {
            const seen = points.filter(([, value]) => Number.isFinite(value));
            const at = ([px, py]) => [x(px), Math.max(top, Math.min(bottom, y(py)))];
            if (line && seen.length > 0) content.push(
                s("path", { class: `line ${cls}`, d: `M${seen.map(point => at(point).map(v => v.toFixed(1)).join(" ")).join("L")}` }));
            if (dots) content.push(...seen.map(point => s("circle", { class: `dot ${cls}`, cx: at(point)[0], cy: at(point)[1], r: 3 })));
            this.marks.push(
                ...seen.map(point => ({ key: `${name}${point[0]}`, x: at(point)[0], y: at(point)[1],
                    text: [`${xLabel} ${point[2] ?? number(point[0], 6)}`, `${name}: ${yFormat(point[1], true)}`] })));
        }
        this.marks.sort((a, b) => a.x - b.x);
        return content;
    }
}
