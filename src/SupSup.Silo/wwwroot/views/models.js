import { del, download, get, path, put, upload } from "../api.js";
import { ask } from "../dialog.js";
import { facts, field, h, panel, set } from "../dom.js";
import { bytes, count, isChain, isImported, moment, network, number, plural } from "../format.js";
import { Notice } from "../notice.js";
import { poll } from "../poll.js";
import { trainerOf } from "../trainer.js";
import { ownData } from "./own-data.js";

const PAGE = 12;
const RECIPES = ["fast", "best", "best-wide", "paper", "own-data", "own-turned", "own-pictures"];
const PICTURE_RULE = "top-k:er-16"; // of networks over pictures
const MOST_CLASSES = 5; // named in the table of tasks
const MOST_AT_ONCE = 4;
const MOST_TESTED = 50; // tasks for a model card

/** The list of models, the chosen one's definition and tasks, and the forms to create and to train. */
export function models(app) {
    const notice = new Notice();
    const list = h("div", { class: "cards", id: "models" });
    const chosen = h("div", { class: "stack" });
    const creation = createForm(app), importing = importForm(app), own = ownData(app);
    const welcome = h("p", { class: "welcome", id: "welcome" }, "There is no model yet. Three ways to begin: ",
        h("a", { href: "#own-data", onclick: e => go(e, own) }, "learn a task from your own pictures or table"), ", ",
        h("a", { href: "#creation", onclick: e => go(e, creation) }, "create a model by hand and train permuted digits"), ", or ",
        h("a", { href: "#importing", onclick: e => go(e, importing) }, "import one that was exported"), ".");
    const element = h("div", { class: "stack" }, notice.element, welcome, list, chosen, own, creation, importing);
    const go = (e, part) => {
        e.preventDefault();
        if (part.tagName === "DETAILS") part.open = true;
        part.scrollIntoView({ behavior: "smooth" });
        part.querySelector("button, input")?.focus({ preventScroll: true });
    };
    let shown = null;

    const refresh = () => {
        set(list, ...(app.models ?? []).map(model => card(model, model.name === app.model)));
        welcome.hidden = app.models?.length !== 0;
        const model = app.current;
        if (shown?.name !== model?.name) {
            shown?.dispose();
            shown = model ? detail(app, model) : null;
            set(chosen, shown?.element);
        }
        shown?.update(app.current);
    };
    app.addEventListener("models", refresh);
    refresh();
    const polling = poll(async () => { await app.refresh(); return trainerOf(app.model ?? "").isRunning; },
        { every: 2000, failed: (e, retry) => notice.show(e, retry) });
    return {
        title: "Models", element,
        dispose() {
            app.removeEventListener("models", refresh);
            polling.stop();
            shown?.dispose();
        },
    };
}

function card(model, isChosen) {
    return h("a", { class: "card", href: `#/models/${encodeURIComponent(model.name)}`, "aria-current": isChosen && "true" },
        h("strong", null, model.displayName),
        h("span", { class: "mono small muted" }, model.spec ? network(model.spec) : model.error),
        h("span", { class: "small" }, plural(model.tasks ?? 0, "task"), model.streams.length > 0
            && `, ${plural(model.streams.length, "stream")}`));
}

function detail(app, model) {
    const notice = new Notice();
    const definition = h("div", null);
    const tasks = taskTable(model.name, model.spec);
    const train = trainForm(app, model);
    const element = h("div", { class: "stack" },
        h("div", { class: "split" }, panel(model.displayName, definition, notice.element, h("div", { class: "row end" },
            h("button", { type: "button", class: "plain", onclick: () => notice.guard(rename) }, "Rename"),
            h("button", { type: "button", class: "plain", onclick: () => notice.guard(() => download(
                path`/v1/models/${model.name}/export`, `${app.current.displayName}.safetensors`)) }, "Export"),
            h("button", { type: "button", class: "plain", title: "What is stored of it and how well it does, as Markdown",
                onclick: () => notice.guard(() => download(cardUrl(), `${app.current.displayName}.md`)) }, "Model card"),
            h("button", { type: "button", class: "plain danger", onclick: () => notice.guard(remove) }, "Delete"))),
        !model.spec?.inputFormat && panel("Train tasks of a data set", train.element)),
        tasks.element);

    async function rename() {
        const name = await ask({ title: "Rename the model",
            text: "It can still be found by its old names.",
            action: "Rename", label: "New name", value: app.current.displayName });
        if (!name) return;
        await put(path`/v1/models/${model.name}/name`, { name });
        await app.refresh();
        element.querySelector("h2").textContent = name;
    }

    // Few tasks are tested for it; of many it would take minutes.
    const cardUrl = () => path`/v1/models/${model.name}/card` + (app.current.tasks <= MOST_TESTED ? "?images=50" : "");

    async function remove() {
        const name = app.current.displayName;
        const typed = await ask({ title: `Delete model ${name}?`, action: "Delete", isDanger: true, label: "Its name, to confirm",
            text: `${plural(app.current.tasks, "task")}, the data that were sent for them and its streams are gone for good. Export it `
                + "first if you may need it again." });
        if (typed === null) return;
        if (typed !== name) throw Object.assign(new Error(`'${typed}' is not its name.`), { title: "Nothing was deleted" });
        while (!await deleted()) await new Promise(done => setTimeout(done, 1000));
        app.model = null;
        await app.refresh();
        app.go("models", app.model);
    }

    // The silo says so where it takes longer than a request may.
    async function deleted() {
        try {
            await del(path`/v1/models/${model.name}`);
            return true;
        } catch (e) {
            if (!e.message.includes("is being deleted")) throw e;
            return false;
        }
    }

    let before = -1;
    return {
        name: model.name, element,
        update({ spec, tasks: learned, streams }) {
            set(definition, facts([
                ["Network", h("span", { class: "mono" }, network(spec))],
                ["Inputs", shapeText(spec)],
                ["Classes", spec.classes],
                ["Tasks learned", h("span", { id: "task-count" }, count(learned))],
                ["Streams", streams.length === 0 ? "none" : streams.map((name, n) => [
                    n > 0 && ", ", h("a", { href: `#/streams/${encodeURIComponent(model.name)}/${encodeURIComponent(name)}` }, name)])],
                ["Seed", String(spec.seed)],
                ["Weights version", spec.weightsVersion],
                ["Mask rule", spec.maskRule],
            ]));
            if (learned !== before) tasks.load();
            before = learned;
        },
        dispose: train.dispose,
    };
}

const shapeText = ({ inputs, inputFormat }) => !inputFormat ? count(inputs)
    : inputFormat.shape.length === 3 ? inputFormat.shape.join(" × ") : `${count(inputs)} numbers`;

function taskTable(model, spec) {
    const notice = new Notice();
    const body = h("tbody");
    const range = h("span", { class: "muted small" });
    let offset = null, total = 0;
    const load = () => notice.guard(async () => {
        const last = offset === null; // until someone turns pages, the latest are shown
        if (last && total === 0) total = (await get(path`/v1/models/${model}/tasks?offset=0&limit=1`)).total;
        let at = last ? Math.max(0, total - PAGE) : offset;
        let answer = await get(path`/v1/models/${model}/tasks?offset=${at}&limit=${PAGE}`);
        if (last && answer.total > total) {
            total = answer.total;
            at = Math.max(0, total - PAGE);
            answer = await get(path`/v1/models/${model}/tasks?offset=${at}&limit=${PAGE}`);
        }
        total = answer.total;
        section.hidden = total === 0;
        range.textContent = `${count(at + 1)}–${count(at + answer.tasks.length)} of ${count(total)}`;
        earlier.disabled = at === 0;
        later.disabled = at + answer.tasks.length >= total;
        section.at = at;
        set(body, ...answer.tasks.map(each => row(model, spec, each)));
    });
    const turn = by => {
        const to = section.at + by * PAGE;
        offset = to + PAGE >= total && by > 0 ? null : Math.max(0, to);
        load();
    };
    const earlier = h("button", { type: "button", class: "plain", onclick: () => turn(-1) }, "Earlier");
    const later = h("button", { type: "button", class: "plain", onclick: () => turn(1) }, "Later");
    const section = panel("Tasks in order of learning", notice.element,
        h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of tasks" }, h("table", null,
            h("thead", null, h("tr", null, ["Task", "Classes", "Learned", "Recipe", "Loss", "Mask"]
                .map(name => h("th", { scope: "col", class: ["Loss", "Mask"].includes(name) && "num" }, name)))),
            body)),
        h("div", { class: "row end" }, range, earlier, later));
    section.hidden = true;
    return { element: section, load };
}

function row(model, spec, each) {
    const { task, version, order, bytes: size, loss, trainedAt, checksum, names, classes } = each;
    return h("tr", null,
        h("th", { scope: "row", title: `task ${task}` },
            h("a", { href: `#/task/${encodeURIComponent(model)}/${task}` }, names?.task ?? `Task ${task}`),
            version > 1 && h("span", { class: "muted small" }, ` v${version}`)),
        h("td", null, classesText(classes ?? spec.classes, names?.classes ?? [])),
        h("td", { title: trainedAt }, moment(trainedAt)),
        h("td", null, order.recipe, order.batches ? h("span", { class: "muted small" }, ` × ${order.batches}`) : null),
        h("td", { class: "num" }, isImported(each) ? "–" : number(loss, 3)),
        h("td", { class: "num", title: `checksum ${checksum}` }, bytes(size)));
}

// 3: bicycle, bottle, castle
const classesText = (n, names) => names.length === 0 ? count(n)
    : `${count(n)}: ${names.slice(0, MOST_CLASSES).join(", ")}${names.length > MOST_CLASSES ? ", …" : ""}`;

function createForm(app) {
    const notice = new Notice();
    const name = h("input", { name: "name", required: true, maxlength: "100", value: "digits", autocomplete: "off", spellcheck: "false" });
    const layers = h("input", { name: "network", required: true, value: "784-300-100-500", autocomplete: "off", spellcheck: "false",
        title: "layer sizes with hyphens between, inputs first and outputs last, or NETWORK/CHANNELSxROWSxCOLUMNS-OUTPUTS" });
    const classes = h("input", { name: "classes", type: "number", required: true, min: "1", value: "10" });
    const seed = h("input", { name: "seed", type: "number", required: true, min: "0", max: String(Number.MAX_SAFE_INTEGER), value: "1" });
    const button = h("button", null, "Create");
    const form = h("form", {
        id: "create", onsubmit: async e => {
            e.preventDefault();
            const spec = { plan: layers.value.replace(/\s/g, ""), classes: Number(classes.value), seed: Number(seed.value) };
            if (!isChain(spec)) spec.maskRule = PICTURE_RULE;
            button.disabled = true;
            const isDone = await notice.guard(async () => {
                await put(path`/v1/models/${name.value.trim()}`, spec);
                await app.refresh();
            });
            button.disabled = false;
            if (isDone) { details.open = false; app.go("models", name.value.trim()); }
        },
    },
        h("div", { class: "fields" },
            field("Name", name),
            field("Network", layers,
                "Layer sizes, or one over pictures as resnet18-20/3x32x32-100. Outputs beyond the classes help to tell tasks apart."),
            field("Classes", classes),
            field("Seed", seed, "The fixed weights are drawn from it.")),
        notice.element, h("div", { class: "row end" }, button));
    const details = h("details", { class: "panel", id: "creation" }, h("summary", null, h("h2", null, "Create a model")), form);
    return details;
}

function importForm(app) {
    const notice = new Notice();
    const name = h("input", { id: "import-name", required: true, maxlength: "100", autocomplete: "off", spellcheck: "false" });
    const file = h("input", { type: "file", id: "import-file", required: true, accept: ".safetensors", onchange: () => {
        name.value ||= (file.files[0]?.name ?? "").replace(/\.safetensors$/, "");
    } });
    const status = h("p", { class: "small muted", role: "status" });
    const button = h("button", null, "Import");
    return h("details", { class: "panel", id: "importing" }, h("summary", null, h("h2", null, "Import a model")),
        h("form", { onsubmit: async e => {
            e.preventDefault();
            button.disabled = true;
            status.textContent = "Importing …";
            const isDone = await notice.guard(async () => {
                const { tasks } = await upload("POST", path`/v1/models/${name.value.trim()}/import`, file.files[0]);
                status.textContent = `${plural(tasks, "task")} imported.`;
                await app.refresh();
            });
            button.disabled = false;
            if (isDone) app.go("models", name.value.trim());
            else status.textContent = "";
        } },
            h("div", { class: "fields" }, field("File that was exported", file), field("Name", name)),
            notice.element, h("div", { class: "row end" }, status, button)));
}

function trainForm(app, model) {
    const trainer = trainerOf(model.name);
    const notice = new Notice();
    const tasks = h("input", { name: "tasks", type: "number", required: true, min: "1", max: "100000", value: "5" });
    const dataset =
        h("input", { name: "dataset", required: true, value: "mnist", list: "datasets", autocomplete: "off", spellcheck: "false" });
    const datasets = h("datalist", { id: "datasets" },
        ["mnist", "fashion-mnist", "cifar-10", "cifar-100"].map(value => h("option", { value })));
    const family = h("input", { name: "family", value: "permuted", list: "families", autocomplete: "off", spellcheck: "false" });
    const families =
        h("datalist", { id: "families" },
            ["permuted", "rotated", "split", "grouped:5", "shuffled:5", "whole"].map(value => h("option", { value })));
    const recipe = h("select", { name: "recipe" }, RECIPES.map(value => h("option", null, value)));
    const atOnce = h("input", { name: "atOnce", type: "number", required: true, min: "1", max: String(MOST_AT_ONCE), value: "2" });
    const seed = h("input", { name: "seed", type: "number", required: true, min: "0", max: String(Number.MAX_SAFE_INTEGER), value: "1" });
    const bar = h("progress", { max: "1", value: 0, "aria-label": "Tasks trained" });
    const status = h("p", { class: "small", role: "status" });
    const fail = h("ul", { class: "failures small" });
    const finish = h("button", { type: "button", class: "plain", onclick: () => trainer.finish() }, "Stop after these");
    const cancel =
        h("button", { type: "button", class: "plain danger", onclick: () => notice.guard(() => trainer.cancel()) }, "Cancel these");
    const button = h("button", null, "Train");
    const running = h("div", { class: "running" }, status, bar, h("div", { class: "row end" },
        h("a", { class: "push small", href: `#/training/${encodeURIComponent(model.name)}` }, "See the curves"), finish, cancel));
    const form = h("form", {
        id: "train", onsubmit: e => {
            e.preventDefault();
            notice.clear();
            trainer.start({ tasks: Number(tasks.value), dataset: dataset.value.trim(), family: family.value.trim(),
                seed: Number(seed.value), recipe: recipe.value, atOnce: Number(atOnce.value) });
        },
    },
        h("div", { class: "fields" }, field("Number of tasks", tasks),
            field("Data", dataset, "mnist, fashion-mnist, cifar-10, cifar-100, or a path on the silo."), datasets,
            field("Family", family, "How tasks are made of it; also whole, or classes:cat,dog."), families, field("Recipe", recipe),
                field("At once", atOnce), field("Seed of permutations", seed)),
        h("div", { class: "row end" }, button));

    let before = -1;
    const refresh = () => {
        const ended = trainer.trained + trainer.failures.length, flying = [...trainer.inFlight.values()];
        button.disabled = trainer.isRunning;
        running.hidden = !trainer.isRunning && ended === 0;
        finish.hidden = cancel.hidden = !trainer.isRunning;
        finish.disabled = ended + flying.length >= trainer.wanted;
        const share = flying.reduce((sum, p) => sum + (p.batches ? p.batchesDone / p.batches : 0), 0);
        bar.value = trainer.wanted ? (ended + share) / trainer.wanted : 0;
        status.textContent = trainer.isRunning
            ? `${count(trainer.trained)} of ${plural(trainer.wanted, "task")} trained`
                + `${flying.length > 0 ? `; in training: ${flying.map(p => p.task).join(", ")}` : ""}`
            : `${plural(trainer.trained, "task")} trained`;
        set(fail, ...trainer.failures.map(({ task, text }) => h("li", null, `Task ${task}: ${text}`)));
        if (trainer.problem) notice.show(trainer.problem, () => { notice.clear(); trainer.retry(); });
        if (trainer.trained !== before && before >= 0) app.refresh().catch(e => notice.show(e));
        before = trainer.trained;
    };
    trainer.addEventListener("change", refresh);
    refresh();
    if (model.tasks > 0) notice.guard(async () => {
        const { tasks: [first] } = await get(path`/v1/models/${model.name}/tasks?offset=0&limit=1`);
        const data = first?.order.data?.dataset; // most models are of one dataset; what was sent for a task is its own
        if (data && !data.startsWith("upload:") && dataset.value === "mnist") dataset.value = data;
    });
    return {
        element: h("div", { class: "stack" }, form, running, fail, notice.element),
        dispose: () => trainer.removeEventListener("change", refresh),
    };
}
