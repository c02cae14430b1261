// Makes elements. Text is only ever set as text, so nothing that the silo answers can become markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an HTML element.
 * @param {string} tag its name
 * @param {object|null} [props] attributes; onNAME is a listener, a boolean sets or leaves out, null leaves out
 * @param {...any} children nodes and texts; null and false are left out
 */
export function h(tag, props, ...children) {
    return fill(document.createElement(tag), props, children);
}

/** Makes an SVG element, as {@link h}. */
export function s(tag, props, ...children) {
    return fill(document.createElementNS(SVG, tag), props, children);
}

/** Replaces what an element holds. */
export function set(element, ...children) {
    element.replaceChildren(...nodes(children));
    return element;
}

/** An icon of index.html. */
export function icon(name) {
    return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
}

/** A titled section of a view. */
export function panel(title, ...children) {
    return h("section", { class: "panel" }, title && h("h2", null, title), ...children);
}

/** A labelled field of a form. */
export function field(label, input, hint) {
    return h("label", { class: "field" }, h("span", null, label), input, hint && h("small", null, hint));
}

/** Terms and their values: [[term, value], ...]. */
export function facts(rows) {
    return h("dl", { class: "facts" }, rows.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))));
}

function fill(element, props, children) {
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name === "value") element.value = value;
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...nodes(children));
    return element;
}

function nodes(children) {
    return children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false);
}
