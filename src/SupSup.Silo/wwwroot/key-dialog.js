import { h } from "./dom.js";
import { hasKey, setKey } from "./api.js";

let open = null;

/** Asks for an API key. However many requests were denied at once, one dialog is shown; tells whether a key was given. */
export function askForKey(problem) {
    open ??= show(problem).finally(() => { open = null; });
    return open;
}

function show(problem) {
    const before = document.activeElement;
    const input = h("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "key-why" });
    const dialog = h("dialog", { "aria-labelledby": "key-title" },
        h("form", { method: "dialog", onsubmit: () => { setKey(input.value.trim()); dialog.returnValue = "given"; } },
            h("h2", { id: "key-title" }, problem.status === 403 ? "Another API key is needed" : hasKey()
                ? "The API key is not accepted" : "An API key is needed"),
            h("p", { id: "key-why" }, problem.message),
            h("label", { class: "field" }, h("span", null, "API key"), input,
                h("small", null, "Kept in this tab only, until it is closed.")),
            h("div", { class: "row end" },
                h("button", { type: "button", class: "plain", onclick: () => dialog.close("") }, "Cancel"),
                h("button", { value: "given" }, "Use this key"))));
    document.body.append(dialog);
    dialog.showModal();
    return new Promise(done => dialog.addEventListener("close", () => {
        dialog.remove();
        before?.focus?.();
        done(dialog.returnValue === "given");
    }));
}
