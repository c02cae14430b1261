import { s } from "../dom.js";
import { count } from "../format.js";
import { scale, wholeTicks } from "./axis.js";
import { Chart } from "./chart.js";

const STRIP = 22;
const TOP = 4;
const FOOT = 40;

/** Which task served which segment of a stream: a strip of what was decided, and below it a row for each task. */
export class StreamChart extends Chart {
    constructor(options) {
        super({ ...options, height: TOP + STRIP + FOOT, nearest: "both" });
        this.allocations = [];
    }

    /**
     * @param {{batch: number, task: number|null, kind: string}[]} allocations in order of batches
     * @param {number} end the batch after the last one
     */
    show(allocations, end) {
        this.allocations = allocations;
        this.end = end;
        this.tasks = [...new Set(allocations.map(a => a.task).filter(task => task !== null))].sort((a, b) => a - b);
        this.row = this.tasks.length > 60 ? 6 : this.tasks.length > 24 ? 11 : 17;
        this.height = TOP + STRIP + 12 + this.tasks.length * this.row + FOOT;
        this.draw();
    }

    /** @override */
    paint(width, height) {
        if (this.allocations.length === 0) return [];
        const left = 74, right = width - 26, bottom = height - FOOT, rows = TOP + STRIP + 12;
        const x = scale(this.allocations[0].batch, this.end, left, right);
        const y = new Map(this.tasks.map((task, n) => [task, rows + n * this.row]));
        const every = this.row >= 11 ? 1 : Math.ceil(11 / this.row);
        const content = [
            s("text", { class: "name", x: left - 8, y: TOP + STRIP / 2 + 4, "text-anchor": "end" }, "segments"),
            ...this.tasks.flatMap((task, n) => [
                n % 2 === 0 && s("rect", { class: "band", x: left, y: y.get(task), width: right - left, height: this.row }),
                n % every === 0
                    && s("text", { class: "tick", x: left - 8, y: y.get(task) + this.row / 2 + 3.5, "text-anchor": "end" }, `task ${task}`),
            ]).filter(Boolean),
            ...wholeTicks(this.allocations[0].batch, this.end, Math.max(2, (right - left) / 90)).map(value =>
                s("text", { class: "tick", x: x(value), y: bottom + 16, "text-anchor": "middle" }, count(value))),
            s("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
            s("text", { class: "axis-label", x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "batch"),
        ];
        this.allocations.forEach(({ batch, task, kind }, n) => {
            const from = x(batch), next = x(this.allocations[n + 1]?.batch ?? this.end);
            const size = Math.max(1, next - from - (next - from > 4 ? 1 : 0));
            content.push(s("rect", { class: `kind ${kind}`, x: from, y: TOP, width: size, height: STRIP }));
            if (task !== null)
                content.push(s("rect", { class: `kind ${kind}`, x: from, y: y.get(task) + 1, width: size, height: this.row - 2, rx: 1 }));
            this.marks.push({ key: `${batch}`, x: (from + next) / 2, y: TOP + STRIP / 2,
                text: [`from batch ${count(batch)}`, `${kind}${task === null ? "" : `: task ${task}`}`] });
        });
        return content;
    }
}
