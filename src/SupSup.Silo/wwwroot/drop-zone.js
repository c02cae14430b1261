import { h } from "./dom.js";
import { chosen, dropped } from "./files.js";

/**
 * A place where files are dropped, or chosen by a button.
 * @param {{text: string, id: string, accept?: string, folders?: boolean, taken: (files: {path: string, file: File}[]) => void}} options
 * what is said, which files, whether folders can be chosen too, and who gets them
 */
export function dropZone({ text, id, accept = null, folders = false, taken }) {
    const give = files => { if (files.length > 0) taken(files); };
    const pick = props => {
        const input = h("input", { type: "file", multiple: true, class: "hidden-file", ...props, onchange: () => {
            give(chosen(input.files));
            input.value = "";
        } });
        return input;
    };
    const files = pick({ accept, id: `${id}-files`, "aria-label": "Choose files" });
    const folder = folders && pick({ webkitdirectory: true, id: `${id}-folder`, "aria-label": "Choose a folder" });
    const zone = h("div", { class: "drop", id },
        h("p", null, text),
        h("div", { class: "row" },
            h("button", { type: "button", class: "plain", onclick: () => files.click() }, "Choose files"),
            folder && h("button", { type: "button", class: "plain", onclick: () => folder.click() }, "Choose a folder")),
        files, folder);
    let inside = 0;
    const over = by => { inside = by === 0 ? 0 : inside + by; zone.classList.toggle("over", inside > 0); };
    zone.addEventListener("dragenter", e => { e.preventDefault(); over(1); });
    zone.addEventListener("dragleave", () => over(-1));
    zone.addEventListener("dragover", e => e.preventDefault());
    zone.addEventListener("drop", async e => {
        e.preventDefault();
        over(0);
        give(await dropped(e.dataTransfer));
    });
    return zone;
}
