import { del, download, get, lines, path, put, raw } from "../api.js";
import { LineChart } from "../charts/line-chart.js";
import { matrix } from "../charts/matrix.js";
import { showPixels } from "../charts/pixels.js";
import { ask } from "../dialog.js";
import { facts, h, panel, set } from "../dom.js";
import { bytes, count, isImported, moment, number, percent, seconds } from "../format.js";
import { keptOfInputs } from "../mask-file.js";
import { Notice } from "../notice.js";

const THUMBNAILS = 12;
const MOST_NAMES = 20;
const MOST_CLASSES = 40;
const IMAGES = 500;
const SPAN = 0.2; // the shares of kept weights that are drawn black to white: a half, so much less or more

/** One task: what it was learned from, its curve, its mask, and how well it does. */
export function task(app, more) {
    const index = Number(more), model = app.current;
    const notice = new Notice();
    const element = h("div", { class: "stack" }, notice.element);
    const chart = new LineChart({ height: 220, label: "Loss of the training", xLabel: "batch", yLabel: "loss" });
    let abort = null, isGone = false;
    notice.guard(async () => {
        const found = await get(path`/v1/models/${model.name}/tasks/${index}`);
        if (!isGone) element.append(...parts(found));
    });

    function parts(found) {
        const { names, order, loss, trainSeconds, trainedAt, bytes: size, checksum, classes, dataChecksum, formerNames } = found;
        if (names?.task) app.entitle(names.task);
        const thumbnails = h("div", { class: "thumbnails", id: "thumbnails" });
        const mask = h("div", { class: "mask", id: "mask-picture" });
        const curve = panel("Loss", chart.element);
        curve.hidden = true;
        pictures(found, thumbnails).catch(e => set(thumbnails, h("p", { class: "muted small" }, e.message)));
        drawMask(mask).catch(e => set(mask, h("p", { class: "muted small" }, e.message)));
        get(path`/v1/models/${model.name}/tasks/${index}/curve`).then(({ curve: points }) => {
            if (points.length === 0) return;
            curve.hidden = false;
            const top = Math.max(0.1, ...points.map(point => point[1]).filter(Number.isFinite));
            chart.show([{ name: "loss", cls: "one", points }], { x: [0, points.at(-1)[0]], y: [0, top] });
        }).catch(e => notice.show(e));
        return [
            panel(null, facts([
                ["Name", names?.task ?? "none"],
                ["Index", index],
                formerNames.length > 0 && ["Formerly", [...new Set(formerNames)].join(", ")],
                [`${classes ?? model.spec.classes} classes`, names?.classes.length ? names.classes.join(", ") : "numbered"],
                ["Data", order.data ? `${order.data.family} ${order.data.dataset} ${order.data.index}`
                    : isImported(found) ? "imported; its data are not here" : "submitted batches"],
                ["Recipe", order.batches ? `${order.recipe}, ${order.batches} batches` : order.recipe],
                ["Loss", isImported(found) ? "–" : number(loss, 3)],
                ["Trained in", isImported(found) ? "–" : seconds(trainSeconds)],
                ["Learned", h("span", { title: trainedAt }, moment(trainedAt))],
                ["Mask", h("span", { title: `checksum ${checksum}` }, bytes(size))],
                dataChecksum && ["Checksum of the data", h("span", { class: "mono small" }, dataChecksum)],
            ].filter(row => row)),
            h("div", { class: "row end" },
                h("button", { type: "button", class: "plain", onclick: () => notice.guard(rename) }, "Rename"),
                h("button", { type: "button", class: "plain", title: "A network of its own, for any program that runs ONNX",
                    onclick: () => notice.guard(() => download(path`/v1/models/${model.name}/tasks/${index}/onnx`,
                        `${model.displayName}-${names?.task ?? index}.onnx`)) }, "Export as ONNX"),
                h("button", { type: "button", class: "plain danger", onclick: () => notice.guard(remove) }, "Delete"))),
            h("div", { class: "split" }, panel("Its data", thumbnails), panel("Its mask", mask)),
            curve,
            evaluation(found),
        ];

        async function rename() {
            const name = await ask({ title: "Rename the task", text: "It can still be found by its old names.", action: "Rename",
                label: "New name", value: names?.task ?? "" });
            if (!name) return;
            await put(path`/v1/models/${model.name}/tasks/${index}/name`, { name });
            const again = await get(path`/v1/models/${model.name}/tasks/${index}`);
            if (!isGone) set(element, notice.element, ...parts(again));
        }

        async function remove() {
            const isMeant = await ask({ title: `Delete task ${index}${names?.task ? ` '${names.task}'` : ""}?`,
                action: "Delete", isDanger: true,
                text: "Its mask and the data that were sent for it are gone for good. The other tasks are as they were." });
            if (!isMeant) return;
            await del(path`/v1/models/${model.name}/tasks/${index}`);
            await app.refresh();
            app.go("models");
        }
    }

    // Test images, with what they are of.
    async function pictures(found, place) {
        const { order, normalization } = found;
        if (!order.data) return set(place, h("p", { class: "muted small" },
            isImported(found) ? "Imported; its data are not here." : "Learned from submitted batches, which are not kept."));
        if (normalization?.numbers) return set(place, h("p", { class: "muted small" },
            `Rows of ${count(model.spec.inputs)} numbers${model.spec.inputFormat?.names.length ? `: ${model.spec.inputFormat.names.slice(0,
                MOST_NAMES).join(", ")}${model.spec.inputs > MOST_NAMES ? " …" : ""}` : ""}.`));
        const first = await get(path`/v1/models/${model.name}/tasks/${index}/images/0`);
        const shown = Math.min(THUMBNAILS, first.count);
        const numbers = Array.from({ length: shown }, (_, n) => Math.floor(n * first.count / shown));
        const images = await Promise.all(
            numbers.map(n => n === 0 ? first : get(path`/v1/models/${model.name}/tasks/${index}/images/${n}`)));
        return set(place, ...images.map(({ rows, columns, pixels, label, labelName }) => {
            const name = labelName ?? `class ${label}`;
            const canvas = h("canvas", { width: columns, height: rows, class: "pixels", role: "img",
                "aria-label": `A test image of ${name}` });
            showPixels(canvas, pixels);
            return h("figure", null, canvas, h("figcaption", null, name));
        }));
    }

    async function drawMask(place) {
        const kept = keptOfInputs(await (await raw(path`/v1/models/${model.name}/tasks/${index}/mask`)).arrayBuffer());
        const mean = kept.reduce((sum, share) => sum + share, 0) / kept.length;
        const [channels, rows, columns] = shapeOf(kept.length);
        const plane = rows * columns, levels = new Array(plane).fill(0);
        for (let n = 0; n < kept.length; n++) levels[n % plane] += kept[n] / channels;
        const canvas = h("canvas", { width: columns, height: rows, class: "pixels", role: "img",
            "aria-label": "For each input, the share of its weights that the mask keeps" });
        showPixels(canvas, levels.map(share => Math.max(0, Math.min(255, Math.round(255 * (0.5 + (share - 0.5) / (2 * SPAN)))))));
        set(place, canvas, h("p", { class: "small muted" },
            `Of the weights of each ${rows > 1 ? "pixel" : "input"}, the share that the mask keeps: `
                + `black ${percent(0.5 - SPAN, 0)} or less, `
                + `white ${percent(0.5 + SPAN, 0)} or more; ${percent(mean)} in all. Of permuted data they are in the order of the task.`));
    }

    function shapeOf(inputs) {
        const told = model.spec.inputFormat?.shape;
        if (told?.length === 3) return told;
        const side = Math.sqrt(inputs);
        if (!told && Number.isInteger(side)) return [1, side, side];
        const columns = Math.ceil(Math.sqrt(inputs));
        return [1, 1, inputs <= 64 ? inputs : columns * Math.ceil(inputs / columns)];
    }

    function evaluation(found) {
        const results = h("div", { class: "stack" });
        const button = h("button", { type: "button", onclick: () => notice.guard(run) }, "Evaluate");
        const section = panel("How well it does", h("p", { class: "muted small" }, found.order.data
            ? "Test examples are classified with the task told, and without."
            : isImported(found) ? "It was imported; its data are not here, so there are no test examples to evaluate it on."
                : "It was learned from submitted batches, so there are no test examples to evaluate it on here."),
        results, h("div", { class: "row end" }, button));
        button.disabled = !found.order.data;
        return section;

        async function run() {
            abort = new AbortController();
            button.disabled = true;
            set(results, h("p", { class: "muted", role: "status" }, "Evaluating …"));
            try {
                for await (const row of lines(
                    path`/v1/models/${model.name}/evaluation?task=${index}&images=${IMAGES}&confusions=true`, { signal: abort.signal }))
                    show(row);
            } catch (e) {
                set(results);
                throw e;
            } finally {
                button.disabled = false;
            }
        }

        function show({ images, given, inferred, found: share, confusions, problem }) {
            if (problem) return set(results, h("p", { class: "bad" }, problem));
            const names = Array.from({ length: found.classes ?? model.spec.classes }, (_, n) => found.names?.classes[n] ?? `${n}`);
            const counts = names.map(() => names.map(() => 0));
            for (const { label, given: answer, count: n } of confusions) counts[label][answer] += n;
            return set(results,
                facts([["Test examples", count(images)], ["Class right, task told", percent(given)],
                    ["Task and class right", percent(inferred)], ["Task right", percent(share)]]),
                names.length <= MOST_CLASSES && matrix({ names, counts, corner: "class",
                    caption: "Classes, the task being given: rows are what is true, columns what was answered" }));
        }
    }

    return {
        title: `Task ${more}`, element,
        dispose() {
            isGone = true;
            abort?.abort();
            chart.dispose();
        },
    };
}
