/** Side of an image of 784 pixels. */
export const SIDE = 28;

/** Shows pixels, [784] of 0..255, on a canvas of 28 by 28, white on black; null shows none. */
export function showPixels(canvas, pixels) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(SIDE, SIDE);
    for (let n = 0; n < SIDE * SIDE; n++) {
        const value = pixels ? pixels[n] : 0;
        image.data.set([value, value, value, 255], 4 * n);
    }
    context.putImageData(image, 0, 0);
}
