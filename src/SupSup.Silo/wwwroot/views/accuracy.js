import { lines, path } from "../api.js";
import { LineChart } from "../charts/line-chart.js";
import { matrix } from "../charts/matrix.js";
import { facts, field, h, panel, set } from "../dom.js";
import { number, percent } from "../format.js";
import { Notice } from "../notice.js";

const MOST_IN_MATRIX = 30;
const LEAST_IN_CURVE = 10;
const TITLE = "Accuracy against tasks learned";
const TOLD = { given: "class right, task told", inferred: "task and class right", found: "task right" };

/** How many images are classified rightly, task by task in the order of learning: nothing is to be forgotten. */
export function accuracy(app) {
    if (app.current.tasks === 0) return nothing(app.current);
    const notice = new Notice();
    const tasks = h("input", { type: "number", name: "tasks", min: "1", max: "1000", required: true, value: "50" });
    const images = h("input", { type: "number", name: "images", min: "1", max: "10000", required: true, value: "200" });
    const start = h("button", null, "Evaluate");
    const stop = h("button", { type: "button", class: "plain", disabled: true, onclick: () => abort?.abort() }, "Cancel");
    const chart = new LineChart({ height: 340, label: TITLE, xLabel: "task in order of learning",
        yLabel: "share right", yFormat: (value, isFull) => isFull ? percent(value) : `${number(100 * value, 4)} %` });
    const means = h("div", { role: "status", id: "means" });
    const table = h("tbody");
    const taken = h("div", null), problems = h("ul", { class: "failures small", id: "problems" });
    const curve = panel(null, chart.element,
        h("p", { class: "legend small" }, Object.entries(TOLD).map(([name, text]) => h("span", { class: `key ${name}` }, text)),
            h("span", { class: "muted" }, "dots: a task; lines: mean so far")));
    const results = h("div", { class: "stack", id: "results", hidden: true },
        means, problems, taken, curve, panel(null, h("details", null, h("summary", null, "As a table"),
            h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of accuracies" }, h("table", null,
                h("thead", null, h("tr", null, ["Position", "Task", "Images", ...Object.values(TOLD)]
                    .map(name => h("th", { scope: "col", class: "num" }, name)))), table)))));
    let abort = null, frame = 0, rows = [], asked = 0;

    async function run() {
        abort?.abort();
        const own = abort = new AbortController();
        rows = [];
        set(problems);
        set(taken);
        asked = Math.min(Number(tasks.value), app.current?.tasks ?? Infinity);
        start.disabled = true;
        stop.disabled = false;
        results.hidden = false;
        show();
        try {
            const query = new URLSearchParams({ tasks: tasks.value, images: images.value, confusions: true });
            for await (const row of lines(`${path`/v1/models/${app.model}/evaluation`}?${query}`, { signal: own.signal })) {
                if (row.problem) problems.append(h("li", null, row.problem));
                else rows.push(row);
                frame ||= requestAnimationFrame(() => { frame = 0; show(); });
            }
        } finally {
            if (abort === own) {
                cancelAnimationFrame(frame);
                frame = 0;
                show(true);
                start.disabled = false;
                stop.disabled = true;
            }
        }
    }

    function show(isOver = false) {
        const mean = name => rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
        set(means, facts([
            ["Tasks evaluated", isOver ? rows.length : `${rows.length} of ${asked}`],
            ...Object.entries(TOLD).map(([name, text]) => [text, percent(mean(name))]),
        ]));
        curve.hidden = Math.max(asked, rows.length) < LEAST_IN_CURVE;
        const sorted = [...rows].sort((a, b) => a.position - b.position);
        if (isOver && rows.length > 1 && rows.length <= MOST_IN_MATRIX) set(taken, panel("Tasks", tasksMatrix(sorted)));
        const least = Math.min(1, ...rows.flatMap(row => [row.given, row.inferred, row.found]));
        const last = Math.max(2, app.current?.tasks ?? 2, (sorted.at(-1)?.position ?? 0) + 1);
        chart.show(["found", "given", "inferred"].flatMap(name => series(sorted, name)),
            { x: [1, last], y: [Math.max(0, Math.floor(least * 10 - 0.5) / 10), 1] });
        set(table, ...sorted.map(row => h("tr", null, [row.position + 1, row.task, row.images].map(n => h("td", { class: "num" }, n)),
            ["given", "inferred", "found"].map(name => h("td", { class: "num" }, percent(row[name]))))));
    }

    // What tasks are taken for; those that were not evaluated share a column.
    function tasksMatrix(sorted) {
        const at = new Map(sorted.map((row, n) => [row.task, n]));
        const other = sorted.some(row => row.confusions.some(({ task }) => !at.has(task)));
        const counts = sorted.map(row => new Array(sorted.length + (other ? 1 : 0)).fill(0));
        sorted.forEach((row, n) => row.confusions.forEach(answer => {
            counts[n][at.get(answer.task) ?? sorted.length] += answer.count;
        }));
        return matrix({ names: [...sorted.map(row => row.name ?? `${row.task}`), ...other ? ["others"] : []], counts, corner: "task",
            caption: "Which task was found: rows are what is true, columns what was answered" });
    }

    const form = h("form", { id: "evaluate", onsubmit: e => { e.preventDefault(); notice.guard(run); } },
        h("div", { class: "fields" }, field("Tasks, sampled", tasks), field("Test images each", images)),
            h("div", { class: "row end" }, stop, start));
    return {
        title: TITLE,
        element: h("div", { class: "stack" },
            panel(null, h("p", { class: "muted" },
                "Test images of tasks spread over everything learned are classified with the task told, and without. "
                    + "Masks never change once learned, so the first tasks do as well as the last."), form),
            notice.element, results),
        dispose() {
            abort?.abort();
            cancelAnimationFrame(frame);
            chart.dispose();
        },
    };
}

const nothing = model => ({
    title: TITLE,
    element: h("p", { class: "muted" }, "Nothing learned yet. ",
        h("a", { href: `#/models/${encodeURIComponent(model.name)}` }, "Train some tasks"), "."),
    dispose() { },
});

function series(rows, name) {
    let sum = 0;
    const at = row => [row.position + 1, row[name], `${row.position + 1} (task ${row.task})`];
    const mean = rows.map((row, n) => [row.position + 1, (sum += row[name]) / (n + 1), `${row.position + 1} (task ${row.task})`]);
    const title = TOLD[name];
    return name === "found"
        ? [{ name: `${title}, mean so far`, cls: name, points: mean }]
        : [{ name: title, cls: name, points: rows.map(at), dots: true, line: false },
            { name: `${title}, mean so far`, cls: name, points: mean }];
}
