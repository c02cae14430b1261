import { path, post, put, del, get, Problem } from "./api.js";

const FINAL = new Set(["Trained", "Failed", "Cancelled"]);
const LOOK = 1000;

/**
 * Has a model learn a number of tasks, a few at a time, for as long as the page is open. What was ordered goes on
 * without the page. Sends a "change" event whenever something happened.
 */
export class Trainer extends EventTarget {
    /** @param {string} model its name */
    constructor(model) {
        super();
        this.model = model;
        this.wanted = 0;
        this.trained = 0;
        this.inFlight = new Map(); // by task: what the silo said last
        this.failures = [];
        this.problem = null;
        this.isRunning = false;
    }

    /**
     * @param {{tasks: number, dataset: string, family: string, seed: number, recipe: string, atOnce: number}} order what to learn;
     * tasks are those of the family with their indices
     */
    async start(order) {
        Object.assign(this, { order, wanted: order.tasks, trained: 0, failures: [], problem: null, isRunning: true });
        this.#changed();
        await this.#go();
    }

    /** Goes on where a problem ended it. */
    async retry() {
        this.problem = null;
        this.isRunning = true;
        this.#changed();
        await this.#go();
    }

    /** Starts no more; what is being trained is finished. */
    finish() {
        this.wanted = this.trained + this.failures.length + this.inFlight.size;
        this.#changed();
    }

    /** Cancels what is being trained, too. */
    async cancel() {
        this.finish();
        for (const task of this.inFlight.keys()) await del(path`/v1/models/${this.model}/tasks/${task}/training`);
    }

    async #go() {
        try {
            while (this.#left() > 0 || this.inFlight.size > 0) {
                while (this.#left() > 0 && this.inFlight.size < this.order.atOnce) await this.#begin();
                await new Promise(done => setTimeout(done, LOOK));
                await this.#look();
            }
        } catch (e) {
            this.problem = e;
        }
        this.isRunning = false;
        this.#changed();
    }

    #left() {
        return this.wanted - this.trained - this.failures.length - this.inFlight.size;
    }

    async #begin() {
        const { task } = await patient(() => post(path`/v1/models/${this.model}/tasks`));
        this.inFlight.set(task, { task, state: "Queued", batchesDone: 0, batches: 0 });
        this.#changed();
        await this.#order(task);
    }

    // Repeating an order is harmless.
    async #order(task) {
        const { dataset, family, seed, recipe } = this.order;
        const order = { data: { dataset, family, seed, index: isSingle(family) ? 0 : task }, recipe };
        this.inFlight.set(task, await patient(() => put(path`/v1/models/${this.model}/tasks/${task}/training`, order)));
        this.#settle(task);
    }

    async #look() {
        for (const task of [...this.inFlight.keys()]) {
            const progress = await patient(() => get(path`/v1/models/${this.model}/tasks/${task}/training`));
            if (progress.state === "Untrained") { await this.#order(task); continue; } // the silo that trained it is gone
            this.inFlight.set(task, progress);
            this.#settle(task);
        }
        this.#changed();
    }

    #settle(task) {
        const progress = this.inFlight.get(task);
        if (!FINAL.has(progress.state)) return;
        this.inFlight.delete(task);
        if (progress.state === "Trained") this.trained++;
        else this.failures.push({ task, text: progress.state === "Cancelled" ? "cancelled" : said(progress.error) });
    }

    #changed() {
        this.dispatchEvent(new Event("change"));
    }
}

// Families that make one task of their data.
const isSingle = family => family === "whole" || family.startsWith("classes:");

const trainers = new Map();

/** The trainer of a model, one for each while the page is open. */
export function trainerOf(model) {
    if (!trainers.has(model)) trainers.set(model, new Trainer(model));
    return trainers.get(model);
}

/** Whether anything would be cut short if the page were closed. */
export const isTraining = () => [...trainers.values()]
    .some(trainer => trainer.isRunning && trainer.wanted > trainer.trained + trainer.inFlight.size);

/** The line of an error in a training's progress. */
export const said = error => typeof error === "string" ? error : error?.detail ?? error?.message ?? "failed";

// A silo that is busy, or being replaced, is asked again for a minute.
async function patient(ask) {
    for (let n = 0; ; n++) {
        try {
            return await ask();
        } catch (e) {
            if (!(e instanceof Problem) || !e.passes || n === 20) throw e;
            await new Promise(done => setTimeout(done, 1000 * (e.retryAfter ?? 3)));
        }
    }
}
