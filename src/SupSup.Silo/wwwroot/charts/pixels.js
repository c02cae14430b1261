/**
 * Shows levels, [channels * rows * columns] of 0..255 plane by plane, on a canvas of as many pixels: one channel grey, three in colour;
 * null shows black.
 */
export function showPixels(canvas, pixels) {
    const context = canvas.getContext("2d"), plane = canvas.width * canvas.height;
    const image = context.createImageData(canvas.width, canvas.height);
    const isColour = pixels?.length === 3 * plane;
    for (let n = 0; n < plane; n++) {
        const level = channel => pixels ? pixels[isColour ? channel * plane + n : n] : 0;
        image.data.set([level(0), level(1), level(2), 255], 4 * n);
    }
    context.putImageData(image, 0, 0);
}
