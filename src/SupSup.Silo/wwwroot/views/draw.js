import { get, path, post, Problem } from "../api.js";
import { BarChart } from "../charts/bar-chart.js";
import { showPixels } from "../charts/pixels.js";
import { field, h, panel, set } from "../dom.js";
import { isChain, number, percent, plural, real } from "../format.js";
import { Latest } from "../latest.js";
import { Notice } from "../notice.js";
import { Pad } from "../pad.js";
import { askFiles } from "./ask-files.js";

const CANDIDATES = 20;
const OWN = ""; // the data that the task was learned on
// standard deviations: images of permuted digits lead by 5 and more, images of no task learned by less than 1 mostly
const UNKNOWN_UP_TO = 2;
const LEAD_NEEDS = 8; // tasks, of fewer the lead says nothing

/** Ask about pictures or rows of a table; or draw an image, have it seen as some task's, and see which task the masks take it for. */
export function draw(app) {
    const model = app.current;
    if (model.tasks === 0) return empty(model);
    const notice = new Notice();
    const files = askFiles(model);
    const element = h("div", { class: "stack" }, notice.element, files.element);
    let board = null, isGone = false;
    notice.guard(async () => {
        const { tasks: [first] } = await get(path`/v1/models/${model.name}/tasks?offset=0&limit=1`);
        const shape = model.spec.inputFormat?.shape; // photographs are not drawn, nor are rows of numbers
        if (shape && (shape.length === 1 || shape[0] === 3)) return;
        const size = await sizeOf(model, first);
        if (isGone || !first) return;
        if (size) element.append((board = drawing(app, model, first, size, notice)).element);
        else element.append(h("p", { class: "muted" },
            `This model takes ${plural(model.spec.inputs, "input")} that make no square, and its images are not known: ask it by REST.`));
    });
    return { title: "Ask", element, dispose() { isGone = true; board?.dispose(); files.dispose(); } };
}

// That of the images of a task, or, of one learned from data that are not known here, a square.
async function sizeOf(model, task) {
    const told = model.spec.inputFormat?.shape;
    if (told?.length === 3) return { channels: told[0], rows: told[1], columns: told[2] };
    try {
        if (task?.order.data) return await get(path`/v1/models/${model.name}/tasks/${task.task}/images/0`);
    } catch (e) {
        if (!(e instanceof Problem) || e.passes) throw e;
    }
    const side = Math.sqrt(model.spec.inputs);
    return Number.isInteger(side) ? { rows: side, columns: side } : null;
}

function drawing(app, model, first, size, notice) {
    const { rows, columns } = size;
    const pad = new Pad(size, () => latest.ask());
    const task = h("input", { type: "number", id: "as-task", "aria-label": "Index of the task", min: "0", required: true, value: first.task,
        inputmode: "numeric" });
    const asTask = h("input", { type: "radio", name: "seen", id: "seen-task", value: "task", checked: true });
    const asIs = h("input", { type: "radio", name: "seen", id: "seen-plain", value: "plain" });
    const image = h("input", { type: "number", id: "test-image", min: "0", value: "0", inputmode: "numeric" });
    const dataset = h("select", { id: "test-data" },
        first.order.data && h("option", { value: OWN }, "the task's own"), ["mnist", "fashion-mnist"].map(name => h("option", null, name)));
    const label = h("p", { class: "small muted", id: "label" });
    const drawn = h(
        "canvas", { width: columns, height: rows, class: "pixels", role: "img", "aria-label": `The image, ${rows} by ${columns} pixels` });
    const seen =
        h("canvas", { width: columns, height: rows, class: "pixels", role: "img", "aria-label": "The image as the network gets it" });
    const caption = h("figcaption", null, "as the task sees it");
    const verdict = h("div", { class: "verdict", id: "verdict", "aria-live": "polite" });
    const chart = new BarChart({ label: "Gradient scores of the best candidates", xLabel: "gradient score", cls: "scores" });
    const scores = panel("Best candidates", chart.element,
        h("p", { class: "legend small" }, h("span", { class: "key true" }, "true task"), h("span", { class: "key inferred" }, "inferred"),
            h("span", { class: "key other" }, "other")));
    scores.id = "scores";
    const byGradient = isChain(model.spec);
    let tasks = null;

    const latest = new Latest(async signal => {
        const pixels = pad.pixels;
        showPixels(drawn, pixels);
        if (!pad.image) label.textContent = "";
        if (!pixels) return nothing();
        const given = asTask.checked ? task.valueAsNumber : null;
        if (given !== null && !Number.isInteger(given)) return;
        const answer = await post(path`/v1/models/${model.name}/preview`, { pixels, task: given, candidates: CANDIDATES,
            unknownUpTo: byGradient && app.current.tasks >= LEAD_NEEDS ? UNKNOWN_UP_TO : null }, { signal });
        if (element.classList.contains("stale")) notice.clear(); // what else is told there is not of this answer
        element.classList.remove("stale");
        show(answer, given);
    }, e => { element.classList.add("stale"); notice.show(e, () => latest.ask()); });

    function nothing() {
        showPixels(seen, null);
        scores.hidden = true;
        label.textContent = "";
        set(verdict,
            h("p", { class: "muted" },
                "Draw on the pad, or take a test image. The network is not told which task the image belongs to; it reads that "
                    + (byGradient ? "off the gradient of all masks at once." : "off what each mask makes of it.")));
    }

    function show({ pixels, inferred, scores: found, given }, truth) {
        showPixels(seen, pixels);
        caption.textContent = truth === null ? "not permuted" : `as task ${truth} sees it`;
        scores.hidden = !byGradient;
        const isRight = truth === inferred.task, isUnknown = inferred.unknown;
        set(verdict,
            h("div", { class: `answer ${truth === null ? "" : isRight ? "right" : "wrong"}` },
                h("div", null, h("span", { class: "muted small" }, "Task"), h("strong", { id: "inferred-task" }, inferred.task),
                    inferred.taskName && h("span", { class: "small", id: "inferred-task-name" }, inferred.taskName),
                    truth !== null && h("span", { class: "small" }, isRight ? "✓ found" : `✗ it is ${truth}`)),
                h("div", null, h("span", { class: "muted small" }, "Class"), h("strong", { id: "inferred-class" }, inferred.class),
                    inferred.className && h("span", { class: "small", id: "inferred-class-name" }, inferred.className),
                    h("span", { class: "small" }, `${percent(inferred.confidence)} sure`))),
            isUnknown && h("p", { class: "unknown" },
                `Unknown: no mask leads by more than ${UNKNOWN_UP_TO} σ, so this may be of no task that was learned.`),
            h("dl", { class: "facts tight" },
                h("div", null, h("dt", null, "Entropy"), h("dd", null, `${number(inferred.entropy, 3)} nats`)),
                byGradient && h("div", null, h("dt", null, "Lead"), h("dd", null, `${number(real(inferred.lead), 3)} σ`)),
                given && h("div", null, h("dt", null, `Told task ${truth}`),
                    h("dd", null, `class ${given.className ?? given.class}, ${number(given.entropy, 3)} nats`))));
        chart.label = `Gradient scores of the best candidates; the best is task ${found[0]?.task}`;
        chart.show(found.map(({ task: each, score, entropy }) => ({
            name: `task ${each}`,
            value: score,
            cls: `${each === truth ? "true" : ""} ${each === inferred.task ? "inferred" : ""}`,
            note: each === truth ? "true task" : each === inferred.task ? "inferred" : "",
            text: [`task ${each}`, `score ${number(score, 4)}`, entropy === null || entropy === undefined
                ? "its mask was not run" : `entropy ${number(entropy, 3)} nats`],
        })));
    }

    const images = number => dataset.value === OWN
        ? path`/v1/models/${model.name}/tasks/${task.value}/images/${number}` : path`/v1/datasets/${dataset.value}/images/${number}`;
    const take = () => notice.guard(async () => {
        const found = await get(images(image.value));
        if (found.rows !== rows || found.columns !== columns) throw misfit(found);
        image.max = found.count - 1;
        pad.show(found.pixels);
        label.textContent = `Test image ${image.value} of ${found.dataset}, labelled ${found.labelName ?? found.label}`;
    });
    const misfit = found => new Problem(0, "Not of this model",
        `The images of ${found.dataset} are ${found.rows} × ${found.columns}, this model's are ${rows} × ${columns}.`);
    const takeAny = () => notice.guard(async () => {
        image.value = Math.floor(Math.random() * (await get(images(0))).count);
        await take();
    });

    // Task numbers may have gaps: one that was learned is drawn from the list.
    async function randomTask() {
        tasks ??= (await get(path`/v1/models/${model.name}/tasks?offset=0&limit=1`)).total;
        const at = Math.floor(Math.random() * tasks);
        const { tasks: [one] } = await get(path`/v1/models/${model.name}/tasks?offset=${at}&limit=1`);
        task.value = one.task;
        asTask.checked = true;
        latest.ask();
    }

    task.addEventListener("input", () => { asTask.checked = true; latest.ask(); });
    for (const radio of [asTask, asIs]) radio.addEventListener("change", () => latest.ask());
    image.addEventListener("change", take);
    const dice = h("button", { type: "button", class: "plain", onclick: () => notice.guard(randomTask) }, "Random");
    const element = h("div", { class: "drawing" },
        panel(null,
            pad.element,
            h("div", { class: "row" },
                h("button", { type: "button", class: "plain", id: "clear", onclick: () => pad.show(null) }, "Clear"),
                label)),
        panel(null,
            h("div", { class: "images" },
                h("figure", null, drawn, h("figcaption", null, `${rows} × ${columns}`)),
                h("span", { class: "arrow", "aria-hidden": "true" }, "→"),
                h("figure", null, seen, caption),
                verdict)),
        panel(null,
            h("fieldset", null, h("legend", null, "Seen as"),
                h("div", { class: "row" }, h("label", { class: "choice" }, asTask, "task"), task, dice),
                h("label", { class: "choice" }, asIs, "not permuted")),
            h("fieldset", null, h("legend", null, "Test image"),
                h("div", { class: "row" }, field("Data", dataset), field("Number", image)),
                h("div", { class: "row" },
                    h("button", { type: "button", class: "plain", id: "take", onclick: take }, "Take"),
                    h("button", { type: "button", class: "plain", onclick: takeAny }, "Random")))),
        scores);
    showPixels(drawn, null);
    nothing();
    return { element, dispose() { latest.stop(); chart.dispose(); } };
}

function empty(model) {
    return { title: "Ask", element: h("p", { class: "muted" }, "This model has learned no task yet. ",
        h("a", { href: `#/models/${encodeURIComponent(model.name)}` }, "Train some"), "."), dispose() { } };
}
