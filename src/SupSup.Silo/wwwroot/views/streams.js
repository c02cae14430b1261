import { get, path } from "../api.js";
import { StreamChart } from "../charts/stream-chart.js";
import { facts, h, panel, set } from "../dom.js";
import { count, plural } from "../format.js";
import { Notice } from "../notice.js";
import { poll } from "../poll.js";

const KINDS = {
    Allocated: "no mask served: a new one is trained",
    Continued: "a mask in training is trained on",
    Reused: "a learned mask serves, nothing is trained",
    Crowded: "no more masks allowed: another task's is trained",
    Refused: "no more masks allowed: nothing is trained",
};

/** Streams without task identity: which mask was chosen for which batches. */
export function streams(app, name) {
    const notice = new Notice();
    const names = app.current?.streams ?? [];
    const stream = name ?? names[0];
    if (!stream)
        return { title: "Streams",
            element: h("p", { class: "muted" },
                "This model has no stream. A stream submits batches without saying which task they belong to; clients open one by "
                    + "PUT /v1/models/MODEL/streams/STREAM."), dispose() { } };
    const tabs = h("nav", { class: "tabs", "aria-label": "Streams" }, [...new Set([...names, stream])].map(each =>
        h("a", { href: `#/streams/${encodeURIComponent(app.model)}/${encodeURIComponent(each)}`, "aria-current": each === stream
            && "page" }, each)));
    const totals = h("div", null);
    const alarm = h("div", { role: "status" });
    const chart = new StreamChart({ label: `Allocations of stream ${stream}` });
    const legend = h("ul", { class: "legend kinds small" }, Object.entries(KINDS)
        .map(([kind, text]) => h("li", { class: `key ${kind}` }, h("strong", null, kind), h("span", { class: "muted" }, text))));
    const kept = h("p", { class: "muted small" });
    const merges = h("div", null);
    let before = "";
    const polling = poll(async signal => {
        const answer = await get(path`/v1/models/${app.model}/streams/${stream}`, { signal });
        const now = JSON.stringify(answer);
        if (now === before) return false;
        before = now;
        show(answer);
        return true;
    }, { every: 1000, idle: 8000, failed: (e, retry) => notice.show(e, retry) });

    function show({ spec, position, allocations, learned, inTraining, merges: merged, crowdedSegments, refusedSegments }) {
        set(totals, facts([
            ["Batches", count(position.next)],
            ["Durable", count(position.durable)],
            ["Masks", `${count(position.masks)}${spec.maskCap === null || spec.maskCap === undefined ? "" : ` of ${count(spec.maskCap)}`}`],
            ["Learned", count(learned.length)],
            ["In training", inTraining.length > 0 ? inTraining.join(", ") : "none"],
            ["Recipe", `${spec.recipe}${spec.batches ? `, ${plural(spec.batches, "batch", "batches")}` : ""}`],
            ["Segments of", plural(spec.segmentBatches, "batch", "batches")],
            ["Fit", spec.fit],
        ]));
        const lost = crowdedSegments + refusedSegments;
        set(alarm, (position.capReached || lost > 0) && h("p", { class: `notice ${position.capReached ? "" : "mild"}` },
            h("span", null,
                h("strong", null, position.capReached ? "The stream may hold no more masks. " : "The stream ran out of masks. "),
                `${plural(crowdedSegments, "segment")} trained another task's mask, `
                    + `${plural(refusedSegments, "segment")} trained nothing.`)));
        const last = allocations.at(-1);
        chart.label = `Allocations of stream ${stream}: ${plural(allocations.length, "segment")}, ${plural(position.masks, "mask")}`;
        chart.show(allocations, last ? Math.max(position.next, last.batch + 1) : 0);
        kept.textContent = allocations.length === 0 ? "No batch was submitted yet." : allocations[0].batch > 0
            ? `The latest ${count(allocations.length)} segments.` : "";
        set(merges, merged.length > 0
            && panel("Merged masks", h("p", { class: "muted small" }, "Two masks that served the same task became one."),
            h("ul", { class: "merges" }, merged.map(({ removed, into }) => h("li", null, `${removed} → ${into}`)))));
    }

    return {
        title: "Streams",
        element: h("div", { class: "stack" }, notice.element, tabs, totals, alarm,
            panel("Allocations", legend, chart.element, kept), merges),
        dispose() { polling.stop(); chart.dispose(); },
    };
}
