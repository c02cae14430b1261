// Asks again and again: often while something happens, seldom while nothing does, and not at all while no one looks.

/**
 * @param {(signal: AbortSignal) => Promise<boolean>} work asks once; tells whether there is something to see
 * @param {{every?: number, idle?: number, failed?: (e: Error|null, retry: () => void) => void}} options
 *   milliseconds between two questions, and at most when nothing happens; who hears of a failure, and (null) of its end
 * @returns {{now: () => void, stop: () => void}}
 */
export function poll(work, { every = 1000, idle = 10000, failed }) {
    let timer = 0, wait = every, isBusy = false, isStopped = false, isFailed = false, again = false;
    const abort = new AbortController();

    async function turn() {
        if (isStopped || document.hidden) return;
        if (isBusy) { again = true; return; }
        clearTimeout(timer);
        isBusy = true;
        again = false;
        let next;
        try {
            const lively = await work(abort.signal);
            wait = lively ? every : Math.min(idle, wait * 1.5);
            next = wait;
            if (isFailed) { isFailed = false; failed(null); }
        } catch (e) {
            if (isStopped) return;
            isFailed = true;
            failed(e, now);
            wait = Math.min(idle, wait * 2);
            // What another question cannot mend waits for the person.
            next = e.passes ? Math.max(wait, 1000 * (e.retryAfter ?? 0)) : null;
        } finally {
            isBusy = false;
        }
        if (isStopped) return;
        if (again) turn();
        else if (next !== null) timer = setTimeout(turn, next);
    }

    function now() {
        wait = every;
        turn();
    }

    const seen = () => { if (!document.hidden) now(); else clearTimeout(timer); };
    document.addEventListener("visibilitychange", seen);
    turn();
    return {
        now,
        stop() {
            isStopped = true;
            clearTimeout(timer);
            abort.abort();
            document.removeEventListener("visibilitychange", seen);
        },
    };
}
