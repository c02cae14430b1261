import { get, path, Problem, upload } from "../api.js";
import { dropZone } from "../drop-zone.js";
import { h, set } from "../dom.js";
import { percent } from "../format.js";
import { Notice } from "../notice.js";

const TYPES = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp", csv: "text/csv",
    tsv: "text/tab-separated-values", npy: "application/x-npy" };
const OUTPUTS = "task,class,confidence,unknown,task_name,class_name,probabilities";
const UNKNOWN_RATE = 0.01; // the share of a task's own examples that are taken for unknown ones
const BEST = 5;
const MOST_FILES = 24;
const MOST_ROWS = 50;
const MOST_FIELDS = 40;

/** Asks a model about files: pictures, or rows of a table; of a table one row can be typed in, too. */
export function askFiles(model) {
    const notice = new Notice();
    const answers = h("div", { class: "answers", id: "answers", "aria-live": "polite" });
    const shape = model.spec.inputFormat?.shape, isTable = shape?.length === 1;
    const urls = [], classNames = new Map();
    const zone = dropZone({
        id: "ask-drop", accept: Object.keys(TYPES).map(ending => `.${ending}`).join(","), taken: files => take(files),
        text: isTable ? "Drop a table (CSV, TSV) whose rows are to be classified." : "Drop pictures (PNG, JPEG, WebP) to be classified.",
    });

    const take = files => notice.guard(async () => {
        set(answers);
        for (const { file } of files.slice(0, MOST_FILES)) {
            answers.append(...await asked(file, TYPES[file.name.split(".").at(-1).toLowerCase()], file.name));
        }
    });

    // The cards of a file: its answers, or why it gets none.
    async function asked(blob, type, name) {
        if (!type) return [failed(name, `This is of no kind that is taken: ${Object.keys(TYPES).join(", ")}.`)];
        try {
            return await answered(blob, type, name);
        } catch (e) {
            if (!(e instanceof Problem) || ![400, 413, 415].includes(e.status)) throw e; // what is wrong is not the file
            return [failed(name, e.message.replace(/\bthe body\b/g, () => name))];
        }
    }

    const failed = (name, text) => h("article", { class: "verdict-card failed" },
        h("div", null, h("p", { class: "small muted" }, name), h("p", { class: "bad" }, text)));

    async function answered(blob, type, name) {
        const query = `outputs=${OUTPUTS}&unknown_rate=${UNKNOWN_RATE}`;
        const { outputs } = await upload("POST", `${path`/v2/models/${model.name}/infer`}?${query}`, blob, type);
        const of = output => outputs.find(one => one.name === output);
        await known(of("task").data.slice(0, MOST_ROWS));
        const { total } = await get(path`/v1/models/${model.name}/tasks?offset=0&limit=1`);
        const shares = of("probabilities"), width = shares.shape[1] ?? 1, rows = of("task").data.length;
        const cards = Array.from({ length: Math.min(rows, MOST_ROWS) }, (_, row) => card({
            name: rows > 1 ? `${name}, row ${row + 1}` : name,
            picture: type.startsWith("image/") ? blob : null,
            task: of("task_name").data[row] || `task ${of("task").data[row]}`,
            index: of("task").data[row],
            sure: total === 1 ? "the only task" : percent(of("confidence").data[row], 0),
            result: of("class_name").data[row] || `class ${of("class").data[row]}`,
            unknown: of("unknown").data[row],
            best: shares.data.slice(row * width, (row + 1) * width),
        }));
        if (rows > MOST_ROWS) cards.push(h("p", { class: "muted small" }, `${rows - MOST_ROWS} more rows are not shown.`));
        return cards;
    }

    // What the classes of tasks are called.
    async function known(tasks) {
        const asked = [...new Set(tasks)].filter(task => !classNames.has(task));
        const found = await Promise.all(asked.map(task => get(path`/v1/models/${model.name}/tasks/${task}`)));
        for (const { task, names } of found) classNames.set(task, names?.classes ?? []);
    }

    function card({ name, picture, task, index, sure, result, unknown, best }) {
        let shown = null;
        if (picture) urls.push(shown = URL.createObjectURL(picture));
        const names = classNames.get(index) ?? [];
        const order = best.map((share, n) => [share, n]).sort((a, b) => b[0] - a[0]).slice(0, BEST);
        return h("article", { class: "verdict-card" },
            shown && h("img", { src: shown, alt: "", width: "112", height: "112" }),
            h("div", null,
                h("p", { class: "small muted" }, name),
                h("p", { class: "result" }, h("strong", { class: "answer-class" }, result),
                    h("span", { class: "muted" }, ` (${percent(order[0][0], 0)}) of `),
                    h("a", { class: "answer-task", href: `#/task/${encodeURIComponent(model.name)}/${index}` }, task),
                    " ", h("span", { class: "muted answer-sure" }, `(${sure})`)),
                unknown && h("p", { class: "unknown" }, "unlike what this task learned"),
                h("ul", { class: "shares" }, order.map(([share, n]) => h("li", null,
                    h("span", null, names[n] ?? `class ${n}`),
                    h("progress", { max: "1", value: share, "aria-label": `Probability of ${names[n] ?? `class ${n}`}` }),
                    h("span", { class: "num" }, percent(share)))))));
    }

    const element = h("section", { class: "panel", id: "ask-files" }, h("h2", null, isTable ? "Ask about a table" : "Ask about pictures"),
        zone, isTable && rowForm(), notice.element, answers);

    // A row that is typed in: a number for each column, or one of its texts.
    function rowForm() {
        const columns = new Map();
        for (const name of model.spec.inputFormat.names) {
            const at = name.indexOf("=");
            const column = at > 0 ? name.slice(0, at) : name;
            if (!columns.has(column)) columns.set(column, []);
            if (at > 0) columns.get(column).push(name.slice(at + 1));
        }
        if (columns.size === 0 || columns.size > MOST_FIELDS) return null;
        const inputs = [...columns].map(([column, texts]) => [column, texts.length > 0
            ? h("select", { name: column }, texts.map(text => h("option", null, text)))
            : h("input", { name: column, type: "number", step: "any", required: true, value: "0" })]);
        const cell = text => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        return h("form", { id: "ask-row", onsubmit: e => {
            e.preventDefault();
            const table = [inputs.map(([column]) => cell(column)), inputs.map(([, input]) => cell(input.value))]
                .map(row => row.join(",")).join("\n");
            notice.guard(async () => set(answers, ...await asked(new Blob([`${table}\n`]), "text/csv", "The row")));
        } },
            h("div", { class: "fields" }, inputs.map(([column, input]) => h("label", { class: "field" }, h("span", null, column), input))),
            h("div", { class: "row end" }, h("button", null, "Ask")));
    }

    return {
        element,
        dispose() { for (const url of urls) URL.revokeObjectURL(url); },
    };
}
