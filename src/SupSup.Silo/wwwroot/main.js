// The page: which view is shown, for which model. #/VIEW/MODEL/MORE

import { get, onDenied, path } from "./api.js";
import { h, icon, set } from "./dom.js";
import { askForKey } from "./key-dialog.js";
import { Notice } from "./notice.js";
import { isTraining } from "./trainer.js";
import { accuracy } from "./views/accuracy.js";
import { draw } from "./views/draw.js";
import { masks } from "./views/masks.js";
import { models } from "./views/models.js";
import { streams } from "./views/streams.js";
import { task } from "./views/task.js";
import { training } from "./views/training.js";

const VIEWS = {
    models: { show: models, name: "Models", isForAny: true },
    training: { show: training, name: "Training" },
    masks: { show: masks, name: "Masks" },
    draw: { show: draw, name: "Ask" },
    accuracy: { show: accuracy, name: "Accuracy" },
    streams: { show: streams, name: "Streams" },
    task: { show: task, name: "Task", isPartOf: "models" },
};
const PAGE = 1000;
const LINKS = { "/orleans": "Orleans dashboard", "/openapi": "OpenAPI" };

/** What views share: the models, and which one is chosen. Sends "models" when they have been read again. */
class App extends EventTarget {
    /** The models as the silo listed them last; null before. */
    models = null;

    /** The chosen model's name, or null. */
    model = null;

    /** The chosen model, or undefined where the silo does not know it. */
    get current() {
        return this.models?.find(model => model.name === this.model || model.displayName === this.model);
    }

    /** Asks for the models. */
    async refresh() {
        const found = [];
        for (let offset = 0, total = 1; offset < total; offset += PAGE) {
            const page = await get(`/v1/models?offset=${offset}&limit=${PAGE}`);
            total = page.total;
            found.push(...page.models);
        }
        this.models = found.sort((a, b) => a.name.localeCompare(b.name));

        // A list has long definitions in brief only.
        if (this.current?.isBrief) {
            const whole = await get(path`/v1/models/${this.current.name}`);
            this.models = this.models.map(model => model.name === whole.name ? whole : model);
        }
        listModels();
        this.dispatchEvent(new Event("models"));
    }

    /** Changes the heading of the view that is shown, once it knows a better one. */
    entitle(title) {
        shown.title = title;
        entitled();
    }

    /** Goes to a view. */
    go(view, model = this.model) {
        location.hash = `#/${view}${model === null ? "" : `/${encodeURIComponent(model)}`}`;
    }
}

const app = new App();
const view = document.getElementById("view");
const picker = document.getElementById("model");
const notice = new Notice();
const heading = document.createElement("span");
let shown = null;

function listModels() {
    const names = app.models.map(model => model.name), titles = app.models.map(model => model.displayName);
    picker.disabled = names.length === 0;
    const now = [...picker.options].map(option => `${option.value} ${option.text}`);
    if (names.length === 0) set(picker, h("option", { value: "" }, "none yet"));
    else if (names.map((name, n) => `${name} ${titles[n]}`).join("\n") !== now.join("\n"))
        set(picker, names.map((name, n) => h("option", { value: name }, titles[n])));
    if (app.model === null && names.length > 0) app.model = names[0];
    if (app.current) picker.value = app.model = app.current.name;
}

function route() {
    const [name, model, more] = location.hash.replace(/^#\//, "").split("/").map(decoded);
    const chosen = VIEWS[name] ? name : "models";
    if (model) app.model = model;
    listModels();
    shown?.dispose();
    shown = null;
    const listed = VIEWS[chosen].isPartOf ?? chosen;
    for (const link of document.querySelectorAll("#nav a")) {
        link.href = `#/${link.dataset.view}${app.model === null ? "" : `/${encodeURIComponent(app.model)}`}`;
        if (link.dataset.view === listed) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    }
    const { show, isForAny } = VIEWS[chosen];

    // What was listed may be from before the first task was learned, or in brief.
    const wasBrief = app.current?.isBrief;
    if (wasBrief || (!isForAny && app.current?.tasks === 0))
        app.refresh().then(() => { if (!app.current?.isBrief && (wasBrief || app.current?.tasks > 0)) route(); })
            .catch(e => notice.show(e));
    const unknown = !isForAny && !app.current;
    shown = unknown ? noModel(VIEWS[chosen].name) : show(app, more);
    const of = app.current && !isForAny && h("span", { class: "of" }, app.current.displayName);
    set(view, h("h1", null, heading, of), notice.element, shown.element);
    entitled();
    view.setAttribute("aria-busy", "false");
}

function entitled() {
    heading.textContent = shown.title;
    document.title = `${shown.title} – ${app.model ? `${app.model} – ` : ""}SupSup`;
}

// An address that someone typed may be no text.
function decoded(part) {
    try {
        return decodeURIComponent(part);
    } catch (e) {
        if (!(e instanceof URIError)) throw e;
        return part;
    }
}

function noModel(title) {
    return {
        title,
        element: h("p", { class: "muted" }, app.model === null ? "There is no model yet. " : `The silo has no model '${app.model}'. `,
            h("a", { href: "#/models" }, app.model === null ? "Create one" : "See which there are"), "."),
        dispose() { },
    };
}

async function begin() {
    try {
        await app.refresh();
    } catch (e) {
        set(view, h("h1", null, "Models"), notice.element);
        notice.show(e, () => { notice.clear(); begin(); });
        return;
    }
    route();
    addEventListener("hashchange", () => { route(); view.focus({ preventScroll: true }); scrollTo(0, 0); });
    await about();
}

// Who serves, and what else it serves.
async function about() {
    const place = document.getElementById("about");
    try {
        const cluster = await get("/v1/cluster", { quiet: true });
        const links = cluster.links ?? await answered(Object.keys(LINKS));
        set(place,
            h("p", null, `${cluster.silo}`, h("span", { class: "muted" }, ` · ${cluster.version}`)),
            ...links.filter(link => LINKS[link]).map(link => h("a", { href: link }, LINKS[link])));
    } catch (e) {
        set(place, h("p", { class: "muted" }, e.message));
    }
}

async function answered(links) {
    const answers = await Promise.all(links.map(link => fetch(link, { method: "GET", redirect: "follow" }).then(response => response.ok)));
    return links.filter((_, n) => answers[n]);
}

set(document.getElementById("nav"), ...Object.entries(VIEWS).filter(([, { isPartOf }]) => !isPartOf)
    .map(([name, { name: title }]) => h("a", { href: `#/${name}`, "data-view": name }, icon(name), h("span", null, title))));
picker.addEventListener("change", () => app.go(document.querySelector("#nav [aria-current]").dataset.view, picker.value));
addEventListener("beforeunload", e => { if (isTraining()) e.preventDefault(); });
addEventListener("unhandledrejection", e => notice.show(e.reason));
onDenied(askForKey);
begin();
