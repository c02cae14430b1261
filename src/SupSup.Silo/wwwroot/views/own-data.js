import { path, post, Problem, put, upload } from "../api.js";
import { dropZone } from "../drop-zone.js";
import { facts, field, h, set } from "../dom.js";
import { calledTogether, columns, kindOf, nameOf, packed } from "../files.js";
import { bytes, count } from "../format.js";
import { Notice } from "../notice.js";

const NEW = "";
const LABELS = /^(label|class|target|category|kind|intent|y)s?$/i;
const MOST_NAMES = 8;
const OWN_MODEL = { table: "a table needs a model of its own", pictures: "pictures need a model of their own" };

/** Learns a task from data that are dropped onto the page: pictures in folders, an archive of them, or a table. */
export function ownData(app) {
    const notice = new Notice();
    const told = h("div", null);
    const model = h("select", { id: "own-model" });
    const name = h("input", { id: "own-name", maxlength: "100", autocomplete: "off", spellcheck: "false" });
    const task = h("input", { id: "own-task", required: true, maxlength: "200", autocomplete: "off", spellcheck: "false" });
    const label = h("select", { id: "own-label" });
    const options = h("input", { id: "own-options", autocomplete: "off", spellcheck: "false", placeholder: "size=48&grey" });
    const network = h("input", { id: "own-network", autocomplete: "off", spellcheck: "false", placeholder: "resnet18-20" });
    const learn = h("button", { id: "own-learn" }, "Learn");
    const status = h("p", { class: "small muted", role: "status" });
    const nameField = field("Name of the model", name);
    const networkField = field("Network", network, "By default hidden layers of 300 and 100; of pictures also convolutions.");
    const labelField = field("Column with the classes", label);
    const note = h("p", { class: "small muted", id: "own-note", role: "status" });
    let files = null, file = null, found = null, turn = 0, offered = "";

    const zone = dropZone({
        id: "own-drop", folders: true, taken: take,
        text: "Drop a folder with a folder of pictures for each class, a zip or tar of it, a table (CSV, TSV, Parquet) or arrays (npz).",
    });
    const form = h("form", { hidden: true, onsubmit: e => { e.preventDefault(); notice.guard(run); } },
        told,
        note,
        h("div", { class: "fields" }, field("Model", model), nameField, networkField, field("Name of the task", task), labelField,
            field("Options", options, "How the data are read, beyond what is chosen here; most need none.")),
        h("div", { class: "row end" }, status, learn));

    function models(shown = false) {
        const before = model.value;
        set(model, h("option", { value: NEW }, "a new model"),
            ...(app.models ?? []).filter(each => each.spec).map(each => h("option", { value: each.name }, each.displayName)));
        model.value = shown ? before : app.current?.spec?.inputFormat ? app.current.name : NEW;
        if (name.value === offered) name.value = offered = free();
    }

    // A name that no model has.
    function free() {
        const taken = new Set((app.models ?? []).flatMap(each => [each.name, each.displayName]));
        for (let n = 1; ; n++) {
            const one = n === 1 ? "my-model" : `my-model-${n}`;
            if (!taken.has(one)) return one;
        }
    }

    // A model of pictures learns no table, nor one of tables pictures: such data get a model of their own.
    function part() {
        const kind = kindOf(files), shape = app.models?.find(each => each.name === model.value)?.spec.inputFormat?.shape;
        const isOther = kind && shape && kind !== (shape.length === 1 ? "table" : "pictures");
        if (isOther) model.value = NEW;
        note.textContent = isOther ? OWN_MODEL[kind] : "";
    }

    async function take(taken) {
        const shown = files !== null;
        files = taken;
        models(shown);
        part();
        task.value = nameOf(files);
        options.value = "";
        const names = await columns(files);
        labelField.hidden = names === null;
        set(label, ...(names ?? []).map(each => h("option", null, each)));
        label.value = names?.find(each => LABELS.test(each)) ?? names?.at(-1) ?? "";
        form.hidden = false;
        file = await packed(files);
        inspect();
    }

    // What the data are, as the chosen model takes them.
    const inspect = () => notice.guard(async () => {
        const own = ++turn;
        found = null;
        learn.disabled = true;
        nameField.hidden = networkField.hidden = model.value !== NEW;
        set(told, h("p", { class: "muted" }, `Looking at ${count(files.length)} files, ${bytes(file.blob.size)} …`));
        const query = new URLSearchParams({ file: file.name, options: asked() });
        if (model.value !== NEW) query.set("model", model.value);
        else if (network.value.trim()) query.set("network", network.value.trim());
        try {
            const answer = await upload("POST", `/v1/inspection?${query}`, file.blob);
            if (own !== turn) return;
            found = answer;
            show(found);
            learn.disabled = false;
        } catch (e) {
            if (own === turn) set(told);
            throw e.status === 400 ? new Problem(400, "These are no data to learn from",
                e.message.replaceAll(file.name, () => calledTogether(files)), { traceId: e.traceId }) : e;
        }
    });

    const asked = () => [
        labelField.hidden ? "" : `label=${label.value.replace(/%/g, "%25").replace(/&/g, "%26")}`, options.value.trim(),
    ].filter(part => part).join("&");

    function show({ shape, train, test, classes, classNames, remarks }) {
        const names = classNames ?? [];
        set(told, facts([
            ["Examples", `${count(train)} to learn, ${count(test)} to test`],
            ["Each", shape.length === 3 ? `${shape[1]} × ${shape[2]} pixels, ${shape[0] === 3 ? "colour" : "grey"}`
                : `${count(shape[0])} numbers`],
            [`${count(classes)} classes`, names.length === 0 ? "numbered"
                : names.slice(0, MOST_NAMES).join(", ") + (names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "")],
        ]), remarks.length > 0 && h("ul", { class: "small muted remarks" }, remarks.map(remark => h("li", null, remark))));
    }

    async function run() {
        learn.disabled = true;
        const say = text => { status.textContent = text; };
        try {
            const chosen = model.value === NEW ? name.value.trim() : model.value;
            if (found.suitable) {
                say("Making the model …");
                await put(path`/v1/models/${chosen}`, found.suitable);
            }
            const index = (await post(`${path`/v1/models/${chosen}/tasks`}?${new URLSearchParams({ name: task.value.trim() })}`)).task;
            say(`Sending ${bytes(file.blob.size)} …`);
            const { dataset } = await upload(
                "PUT", `${path`/v1/models/${chosen}/tasks/${index}/data`}?${new URLSearchParams({ file: file.name })}`, file.blob);
            say("Ordering the training …");
            await put(path`/v1/models/${chosen}/tasks/${index}/training`, {
                data: { dataset: found.options ? `${dataset}?${found.options}` : dataset, family: "whole" },
                names: { task: task.value.trim() },
            });
            await app.refresh();
            app.go("training", chosen);
        } finally {
            say("");
            learn.disabled = false;
        }
    }

    model.addEventListener("change", () => { note.textContent = ""; });
    for (const input of [model, label, options, network]) input.addEventListener("change", inspect);
    models();
    return h("section", { class: "panel", id: "own-data" }, h("h2", null, "Learn a task from your own data"), zone, notice.element, form);
}
