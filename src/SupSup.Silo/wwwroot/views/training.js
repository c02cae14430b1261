import { del, get, path, post } from "../api.js";
import { LineChart } from "../charts/line-chart.js";
import { h, set } from "../dom.js";
import { count, number, percent, plural } from "../format.js";
import { Notice } from "../notice.js";
import { poll } from "../poll.js";
import { said } from "../trainer.js";

const MOST = 60;
const MOST_TESTED = 12; // the newest, about a screen of them
const RUNNING = new Set(["Queued", "Training", "Storing"]);

/** Loss curves of the trainings that are under way or ended a little while ago. */
export function training(app) {
    const notice = new Notice();
    const summary = h("p", { class: "muted", role: "status" });
    const grid = h("div", { class: "multiples", id: "curves" });
    const more = h("p", { class: "muted small" });
    const cards = new Map();
    const gone = new AbortController();
    let before = null, telling = Promise.resolve(), told = 0;

    // One after the other, and only the newest, since each is a test on all of a task's test examples.
    const tell = card => {
        const isTested = told++ < MOST_TESTED;
        telling = telling.then(() => gone.signal.aborted ? null : card.tell(isTested, gone.signal));
    };

    const polling = poll(async signal => {
        const { trainings } = await get(path`/v1/models/${app.model}/training`, { signal });
        const running = trainings.filter(t => RUNNING.has(t.state));
        const ended = trainings.filter(t => !RUNNING.has(t.state)).sort((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt));
        const shown = [...running.sort((a, b) => a.task - b.task), ...ended].slice(0, MOST);
        const top = Math.max(0.1, ...shown.flatMap(t => t.curve.map(point => point[1])).filter(Number.isFinite));
        for (const [task, card] of cards) if (!shown.some(t => t.task === task)) { card.dispose(); cards.delete(task); }
        for (const t of shown) {
            if (!cards.has(t.task)) cards.set(t.task, curveCard(app.model, t.task, notice, tell));
            cards.get(t.task).update(t, top);
        }
        const order = shown.map(t => cards.get(t.task).element);
        if (order.some((element, n) => grid.children[n] !== element) || grid.children.length !== order.length) set(grid, ...order);
        more.textContent = trainings.length > MOST ? `${count(trainings.length - MOST)} more are not shown.` : "";
        summary.replaceChildren(running.length + ended.length === 0
            ? h("span", null, "Nothing is being trained, and nothing was within the last minutes. ",
                h("a", { href: `#/models/${encodeURIComponent(app.model)}` }, "Train some tasks"), ".")
            : `${running.length} in training, ${ended.length} ended${rate(trainings)}`);
        return running.length > 0;
    }, { every: 1000, idle: 5000, failed: (e, retry) => notice.show(e, retry) });

    // Batches a second since the last look.
    function rate(trainings) {
        const now = { at: performance.now(), done: new Map(trainings.map(t => [t.task, t.batchesDone])) };
        const batches = before
            ? [...now.done].reduce((sum, [task, done]) => sum + Math.max(0, done - (before.done.get(task) ?? done)), 0) : 0;
        const speed = before ? batches / (now.at - before.at) * 1000 : 0;
        before = now;
        return speed > 0 ? `; ${number(speed, 2)} batches a second` : "";
    }

    return {
        title: "Training",
        element: h("div", { class: "stack" }, notice.element, summary, grid, more),
        dispose() {
            polling.stop();
            gone.abort();
            for (const card of cards.values()) card.dispose();
        },
    };
}

function curveCard(model, task, notice, tell) {
    const chart = new LineChart({ height: 128, label: `Loss of task ${task}`, xLabel: "batch", yLabel: "loss", isCompact: true,
        yFormat: (value, isFull) => number(value, isFull ? 4 : 2) });
    const state = h("span", { class: "state" });
    const bar = h("progress", { max: "1", "aria-label": `Progress of task ${task}` });
    const foot = h("p", { class: "small muted foot" });
    const cancel = h("button", { type: "button", class: "quiet", "aria-label": `Cancel the training of task ${task}`, title: "Cancel",
        onclick: () => notice.guard(() => del(path`/v1/models/${model}/tasks/${task}/training`)) }, "✕");
    const heading = h("h2", null, `Task ${task}`), right = h("p", { class: "small right" });
    const links = h("p", { class: "row small", hidden: true },
        h("a", { href: `#/draw/${encodeURIComponent(model)}` }, "Ask"),
        h("a", { href: `#/task/${encodeURIComponent(model)}/${task}` }, "Look at it"));
    const element = h("article", { class: "multiple", "data-task": task },
        h("header", null, heading, state, cancel), chart.element, bar, foot, right, links);
    let isTold = false;
    return {
        element,

        /** Says what is known of a task that was trained: its name, and how well it does on test examples. */
        async tell(isTested, signal) {
            try {
                const { names, order } = await get(path`/v1/models/${model}/tasks/${task}`, { signal });
                heading.textContent = names?.task ?? `Task ${task}`;
                if (!order.data || !isTested) return;
                right.textContent = "Testing …";
                const { accuracy, rows, remark } = await post(path`/v1/models/${model}/tasks/${task}/evaluation`, {}, { signal });
                right.textContent = `${percent(accuracy)} of ${plural(rows, "test example")} right${remark ? `; ${remark}` : ""}`;
            } catch (e) {
                if (e.name !== "AbortError") right.textContent = `Not tested: ${e.message}`;
            }
        },
        update(t, top) {
            const isRunning = RUNNING.has(t.state), last = t.curve.at(-1);
            // Once a training has ended, only its curve tells how far it came.
            const done = Math.max(t.batchesDone, last?.[0] ?? 0), batches = Math.max(t.batches, done), loss = isRunning || !last
                ? t.loss : last[1];
            element.classList.toggle("ended", !isRunning);
            element.dataset.state = t.state;
            state.textContent = t.state;
            state.className = `state ${t.state}`;
            cancel.hidden = !isRunning || t.state === "Storing";
            links.hidden = t.state !== "Trained";
            if (isTold !== (t.state === "Trained")) {
                isTold = !isTold;
                right.textContent = "";
                if (isTold) tell(this);
            }
            bar.max = Math.max(1, batches);
            bar.value = t.state === "Trained" ? bar.max : done;
            foot.textContent = t.state === "Failed" && t.error ? said(t.error)
                : `${t.batches > 0 ? `${count(done)} / ${plural(batches, "batch", "batches")}` : t.state}`
                    + `${last ? `, loss ${number(loss, 3)}` : ""}${t.silo ? `, on ${t.silo}` : ""}`;
            chart.label = `Loss of task ${task} against batches, ${number(loss, 3)} after ${count(done)} of ${count(batches)}`;
            chart.show([{ name: "loss", cls: "one", points: t.curve }], { x: [0, Math.max(1, batches)], y: [0, top] });
        },
        dispose: () => chart.dispose(),
    };
}
