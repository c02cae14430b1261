import { get, path } from "../api.js";
import { facts, h, s, set } from "../dom.js";
import { bytes, count, plural } from "../format.js";
import { Notice } from "../notice.js";
import { poll } from "../poll.js";

const SHARD = 1024; // masks that a shard holds at most

/** Which silo holds which masks, and which masks and other records cannot be read. */
export function masks(app) {
    const notice = new Notice();
    const totals = h("div", null);
    const failures = h("div", { role: "alert" });
    const silos = h("div", { class: "silos", id: "silos" });
    let before = "";
    let records = null; // that cannot be read, once that was looked at
    const polling = poll(async signal => {
        const [health, cluster] =
            await Promise.all([get(path`/v1/models/${app.model}/health?read=false`, { signal }), get("/v1/cluster", { signal })]);
        const now = JSON.stringify([health, cluster, records]);
        if (now === before) return false;
        before = now;
        const held = health.shards.reduce((sum, shard) => sum + shard.held, 0);
        const memory = health.shards.reduce((sum, shard) => sum + shard.memoryBytes, 0);
        set(totals, facts([
            ["Masks", count(health.tasks)],
            ["Shards", count(health.shards.length)],
            ["Silos", count(cluster.silos.length)],
            ["Memory of masks", bytes(memory)],
            ["For each mask", held > 0 ? bytes(Math.round(memory / held)) : "–"],
            ["In memory", held === health.tasks ? "all" : `${count(held)}; the others are read when they are first needed`],
            ["State", !health.isWhole ? h("span", { class: "bad" }, "masks are damaged")
                : held === health.tasks ? h("span", { class: "good" }, "every mask can be read")
                : h("button", { type: "button", class: "plain", onclick: () => notice.guard(readAll) }, "Read all")],
            ["Records", records === null
                ? h("button", { type: "button", class: "plain", onclick: () => notice.guard(readAll) }, "Check all")
                : records.length > 0 ? h("span", { class: "bad" }, "records are damaged") : "every record can be read"],
        ]));
        const broken = health.shards.flatMap(shard => shard.failures.map(failure => ({ ...failure, shard: shard.shard })));
        set(failures, records?.length > 0
            && h("section", { class: "panel damaged" }, h("h2", null, `${plural(records.length, "record")} cannot be read`),
            h("ul", { class: "failures" }, records.map(({ record, message }) => h("li", null, h("strong", null, record),
                h("p", null, message))))), broken.length > 0
            && h("section", { class: "panel damaged" }, h("h2", null, `${plural(broken.length, "mask")} cannot be read`),
            h("ul", { class: "failures" }, broken.map(({ task, message, shard }) => h("li", null, h("strong", null, `Task ${task}`),
                h("span", { class: "muted small" }, ` shard ${shard}`), h("p", null, message))))));
        set(silos, ...place(health.shards, cluster).map(siloCard));
        return true;
    }, { every: 2000, idle: 10000, failed: (e, retry) => notice.show(e, retry) });
    async function readAll() {
        const health = await get(path`/v1/models/${app.model}/health`);
        records = health.records.flatMap(kind => kind.failures);
        polling.now();
    }

    return { title: "Where masks live", element: h("div", { class: "stack" }, notice.element, totals, failures, silos),
        dispose: polling.stop };
}

// Each silo with its shards; shards on a silo that the cluster does not list stand under its address.
function place(shards, cluster) {
    const known = cluster.silos.map(silo => ({ ...silo, isOwn: silo.name === cluster.silo, shards: [] }));
    const others = new Map();
    for (const shard of shards) {
        let silo = known.find(each => endpoint(each.address) === endpoint(shard.silo) || each.name === shard.silo)
            ?? others.get(shard.silo);
        if (!silo) others.set(shard.silo, silo = { name: shard.silo, address: null, status: "not listed", gpu: false, shards: [] });
        silo.shards.push(shard);
    }
    return [...known, ...others.values()];
}

// "S127.0.0.1:11111:12345" and "127.0.0.1:11111@12345" are one silo.
const endpoint = address => /^S?(.+:\d+)[:@]\d+$/.exec(address ?? "")?.[1] ?? address;

function siloCard({ name, address, status, gpu, isOwn, shards }) {
    const held = shards.reduce((sum, shard) => sum + shard.tasks, 0), memory = shards.reduce((sum, shard) => sum + shard.memoryBytes, 0);
    return h("section", { class: "panel silo" },
        h("header", null,
            h("h2", null, name),
            h("span", { class: `state ${status}` }, status),
            gpu && h("span", { class: "state" }, "GPU"),
            isOwn && h("span", { class: "state" }, "serves this page")),
        address && h("p", { class: "mono small muted" }, address),
        h("p", { class: "small" }, shards.length > 0
            ? `${plural(held, "mask")} in ${plural(shards.length, "shard")}, ${bytes(memory)}` : "no shard of this model"),
        h("ul", { class: "shards" }, [...shards].sort((a, b) => a.shard - b.shard)
            .map(shard => h("li", { class: shard.failures.length > 0 && "bad" },
            h("span", null, `Shard ${shard.shard}`),
            s("svg", { class: "gauge", role: "img", "aria-label": `${count(shard.tasks)} of ${count(SHARD)} places taken` },
                s("rect", { height: "100%", rx: 4, width: `${100 * shard.tasks / SHARD}%` })),
            h("span", { class: "num small" }, plural(shard.tasks, "mask")),
            h("span", { class: "num small muted" }, bytes(shard.memoryBytes)),
            shard.failures.length > 0 && h("span", { class: "bad small" }, `${count(shard.failures.length)} damaged`)))));
}
