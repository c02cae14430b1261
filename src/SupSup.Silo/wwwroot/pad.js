import { h } from "./dom.js";
import { SIDE, showPixels } from "./charts/pixels.js";
import { drawStrokes, toPixels } from "./digit.js";

const SIZE = 560; // of the canvas' own pixels
const PEN = 0.075; // of its side

/** A square on which a digit is drawn by mouse, finger or pen, or an image is shown. */
export class Pad {
    /** @param {() => void} changed is called when the pixels may have changed */
    constructor(changed) {
        this.changed = changed;
        this.strokes = [];
        this.image = null;
        this.active = null;
        this.ink = h("canvas", { width: SIZE, height: SIZE, class: "ink" });
        this.shown = h("canvas", { width: SIDE, height: SIDE, class: "shown pixels", hidden: true });
        this.hint = h("p", { class: "hint" }, "Draw a digit");
        this.element = h("div", { class: "pad", id: "pad", role: "img", "aria-label": "A pad to draw a digit on with mouse, finger or pen. By keyboard, take a test image instead." }, this.shown, this.ink, this.hint);
        this.ink.addEventListener("pointerdown", e => this.#begin(e));
        this.ink.addEventListener("pointermove", e => this.#go(e));
        for (const name of ["pointerup", "pointercancel"]) this.ink.addEventListener(name, e => this.#end(e));
    }

    /** What is on the pad: [784] of 0..255, or null. */
    get pixels() {
        return this.image ?? toPixels(this.strokes);
    }

    /** Shows an image in place of what was drawn; null clears the pad. */
    show(pixels) {
        this.strokes = [];
        this.active = null;
        this.image = pixels;
        this.#paint();
        this.changed();
    }

    #begin(e) {
        if (e.button !== 0 || this.active !== null) return;
        e.preventDefault();
        this.ink.setPointerCapture(e.pointerId);
        this.active = e.pointerId;
        this.image = null;
        this.strokes.push([this.#at(e)]);
        this.#paint();
        this.changed();
    }

    #go(e) {
        if (e.pointerId !== this.active) return;
        const stroke = this.strokes.at(-1);
        const events = e.getCoalescedEvents?.() ?? [];
        for (const event of events.length > 0 ? events : [e]) {
            const at = this.#at(event), last = stroke.at(-1);
            if (Math.hypot(at[0] - last[0], at[1] - last[1]) > 0.004) stroke.push(at);
        }
        this.#paint();
        this.changed();
    }

    #end(e) {
        if (e.pointerId !== this.active) return;
        this.active = null;
        this.changed();
    }

    #at(e) {
        const box = this.ink.getBoundingClientRect();
        return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height];
    }

    #paint() {
        const context = this.ink.getContext("2d");
        context.clearRect(0, 0, SIZE, SIZE);
        drawStrokes(context, this.strokes, { zoom: SIZE, dx: 0, dy: 0, pen: PEN * SIZE });
        this.shown.hidden = this.image === null;
        this.hint.hidden = this.image !== null || this.strokes.length > 0;
        if (this.image) showPixels(this.shown, this.image);
    }
}
