/**
 * Runs something again whenever it is asked to, but not too often: the latest wishes win, older runs are aborted. The pause
 * grows with how long runs take, or one that is slower than the pause would always be aborted and none would end.
 */
export class Latest {
    /**
     * @param {(signal: AbortSignal) => Promise<void>} work
     * @param {(e: Error) => void} failed hears of what went wrong, unless it was aborted
     * @param {number} [pause] milliseconds between two starts, at least
     */
    constructor(work, failed, pause = 100) {
        this.work = work;
        this.failed = failed;
        this.least = this.pause = pause;
        this.begun = -Infinity;
        this.timer = 0;
        this.running = null;
    }

    /** Runs soon. */
    ask() {
        if (this.timer) return;
        this.timer = setTimeout(() => { this.timer = 0; this.#run(); }, Math.max(0, this.begun + this.pause - performance.now()));
    }

    /** Forgets what was asked for and aborts what runs. */
    stop() {
        clearTimeout(this.timer);
        this.timer = 0;
        this.running?.abort();
        this.running = null;
    }

    async #run() {
        if (this.running) {
            this.running.abort();
            this.pause = Math.min(1000, 1.5 * this.pause);
        }

        const own = this.running = new AbortController();
        const begun = this.begun = performance.now();
        try {
            await this.work(own.signal);
            this.pause = Math.min(1000, Math.max(this.least, 1.3 * (performance.now() - begun)));
        } catch (e) {
            if (e.name !== "AbortError") this.failed(e);
        } finally {
            if (this.running === own) this.running = null;
        }
    }
}
