// From the strokes of a pen to pixels as MNIST's are: the digit fits into 20 by 20, keeps its shape, is anti-aliased, and
// its centre of mass lies in the middle of 28 by 28.

import { SIDE } from "./charts/pixels.js";

const BOX = 20;
const PEN = 2.5; // what a pen's line is wide in MNIST once the digit is scaled, in pixels
const FINE = 6; // each pixel is the mean of 6 by 6 finer ones
const MOST = 60; // pixels per unit, at most: a dot stays a dot

/**
 * @param {number[][][]} strokes lines of [x, y] in units of the pad, 0..1
 * @returns {number[]|null} [784] of 0..255; null where nothing was drawn
 */
export function toPixels(strokes) {
    const points = strokes.flat();
    if (points.length === 0) return null;
    const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const zoom = Math.min(MOST, (BOX - PEN) / Math.max(x1 - x0, y1 - y0, 1e-6));
    const place = { zoom, dx: SIDE / 2 - zoom * (x0 + x1) / 2, dy: SIDE / 2 - zoom * (y0 + y1) / 2 };
    const [mx, my] = centre(draw(strokes, place));
    return shrink(draw(strokes, { zoom, dx: place.dx + SIDE / 2 - mx, dy: place.dy + SIDE / 2 - my }));
}

/** Draws strokes on a context, a unit being so many of its pixels. */
export function drawStrokes(context, strokes, { zoom, dx, dy, pen }) {
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#fff";
    context.lineWidth = pen;
    for (const stroke of strokes) {
        const at = stroke.map(([x, y]) => [zoom * x + dx, zoom * y + dy]);
        context.beginPath();
        context.moveTo(...at[0]);
        if (at.length === 1) context.lineTo(at[0][0] + 0.01, at[0][1]);
        for (let n = 1; n < at.length - 1; n++) context.quadraticCurveTo(...at[n], (at[n][0] + at[n + 1][0]) / 2, (at[n][1] + at[n + 1][1]) / 2);
        if (at.length > 1) context.lineTo(...at.at(-1));
        context.stroke();
    }
}

// The ink, [168 × 168] of 0..255.
function draw(strokes, { zoom, dx, dy }) {
    const canvas = new OffscreenCanvas(SIDE * FINE, SIDE * FINE);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    drawStrokes(context, strokes, { zoom: FINE * zoom, dx: FINE * dx, dy: FINE * dy, pen: FINE * PEN });
    return context.getImageData(0, 0, SIDE * FINE, SIDE * FINE).data.filter((_, n) => n % 4 === 3);
}

function centre(ink) {
    let mass = 0, x = 0, y = 0;
    for (let n = 0; n < ink.length; n++) {
        mass += ink[n];
        x += ink[n] * (n % (SIDE * FINE) + 0.5);
        y += ink[n] * (Math.floor(n / (SIDE * FINE)) + 0.5);
    }
    return [x / mass / FINE, y / mass / FINE];
}

function shrink(ink) {
    const sums = new Array(SIDE * SIDE).fill(0);
    for (let n = 0; n < ink.length; n++) {
        const column = Math.floor(n % (SIDE * FINE) / FINE), row = Math.floor(n / (SIDE * FINE) / FINE);
        sums[row * SIDE + column] += ink[n];
    }
    return sums.map(sum => Math.round(sum / (FINE * FINE)));
}
