import { h } from "./dom.js";

/**
 * Asks before something is done that cannot be undone, or for a text.
 * @param {{title: string, text: string, action: string, isDanger?: boolean, label?: string, value?: string}} question a label asks for a
 * text, which begins as the value
 * @returns {Promise<string|boolean|null>} the text, or true; null where it was dismissed
 */
export function ask({ title, text, action, isDanger = false, label = null, value = "" }) {
    const input = label && h("input", { required: true, value, maxlength: "200", autocomplete: "off", spellcheck: "false" });
    const dialog = h("dialog", { "aria-label": title });
    return new Promise(done => {
        const close = answer => { dialog.remove(); done(answer); };
        dialog.append(h("form", { method: "dialog", onsubmit: e => { e.preventDefault(); close(input ? input.value.trim() : true); } },
            h("h2", null, title),
            h("p", null, text),
            input && h("label", { class: "field" }, h("span", null, label), input),
            h("div", { class: "row end" },
                h("button", { type: "button", class: "plain", onclick: () => close(null) }, "Cancel"),
                h("button", { class: isDanger ? "plain danger" : null }, action))));
        dialog.addEventListener("cancel", () => close(null));
        document.body.append(dialog);
        dialog.showModal();
        input?.select();
    });
}
