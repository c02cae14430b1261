import { h } from "./dom.js";

/** A place where a view says what went wrong; hidden while nothing is. */
export class Notice {
    constructor() {
        this.element = h("div", { class: "notice", role: "alert", hidden: true });
    }

    /** Shows a problem with a button to try again, or (null) nothing. */
    show(problem, retry) {
        if (!problem) return this.clear();
        const key = `${problem.title}|${problem.message}`;
        if (this.shown === key && !this.element.hidden) { this.retry = retry; return; } // or screen readers would repeat it each time
        this.shown = key;
        this.retry = retry;
        this.element.replaceChildren(
            h("div", null,
                h("strong", null, problem.title ?? "The page failed"),
                h("p", null, problem.message),
                problem.traceId && h("details", { class: "muted small" }, h("summary", null, "Trace"), problem.traceId)),
            ...retry ? [h("button", { type: "button", class: "plain", onclick: () => this.retry() }, "Try again")] : []);
        this.element.hidden = false;
    }

    /** Shows nothing. */
    clear() {
        this.shown = null;
        this.element.hidden = true;
        this.element.replaceChildren();
    }

    /** Runs something, showing what goes wrong, with a button to run it again. Tells whether it went well. */
    async guard(work) {
        this.clear();
        try {
            await work();
            return true;
        } catch (e) {
            if (e.name !== "AbortError") this.show(e, () => this.guard(work));
            return false;
        }
    }
}
