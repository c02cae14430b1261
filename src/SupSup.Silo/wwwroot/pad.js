import { h } from "./dom.js";
import { showPixels } from "./charts/pixels.js";
import { drawStrokes, toPixels } from "./digit.js";

const SIZE = 560; // of the canvas' own pixels along its longer side
const PEN = 0.075; // of its shorter side

/** A pad on which an image is drawn by mouse, finger or pen, or an image is shown. */
export class Pad {
    /**
     * @param {{rows: number, columns: number}} size the image's
     * @param {() => void} changed is called when the pixels may have changed
     */
    constructor(size, changed) {
        this.size = size;
        this.changed = changed;
        const zoom = SIZE / Math.max(size.rows, size.columns);
        this.strokes = [];
        this.image = null;
        this.active = null;
        this.ink = h("canvas", { width: Math.round(zoom * size.columns), height: Math.round(zoom * size.rows), class: "ink" });
        this.shown = h("canvas", { width: size.columns, height: size.rows, class: "shown pixels", hidden: true });
        this.hint = h("p", { class: "hint" }, "Draw here");
        this.element =
            h("div", { class: "pad", id: "pad", role: "img",
                "aria-label": "A pad to draw on with mouse, finger or pen. By keyboard, take a test image instead." }, this.shown,
                    this.ink, this.hint);
        this.element.style.aspectRatio = `${size.columns} / ${size.rows}`;
        this.ink.addEventListener("pointerdown", e => this.#begin(e));
        this.ink.addEventListener("pointermove", e => this.#go(e));
        for (const name of ["pointerup", "pointercancel"]) this.ink.addEventListener(name, e => this.#end(e));
    }

    /** What is on the pad: [rows * columns] of 0..255, or null. */
    get pixels() {
        return this.image ?? toPixels(this.strokes, this.size);
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
        const side = Math.max(box.width, box.height);
        return [(e.clientX - box.left) / side, (e.clientY - box.top) / side];
    }

    #paint() {
        const context = this.ink.getContext("2d");
        context.clearRect(0, 0, this.ink.width, this.ink.height);
        drawStrokes(context, this.strokes, { zoom: SIZE, dx: 0, dy: 0, pen: PEN * Math.min(this.ink.width, this.ink.height) });
        this.shown.hidden = this.image === null;
        this.hint.hidden = this.image !== null || this.strokes.length > 0;
        if (this.image) showPixels(this.shown, this.image);
    }
}
